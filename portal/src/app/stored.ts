/** What a person chose, kept over visits; storage can be forbidden, and then it lasts a visit. */
export function storedChoice<T extends string>(name: string, allowed: readonly T[]): T | undefined {
  try {
    const value = localStorage.getItem(name)
    return allowed.find((one) => one === value)
  } catch {
    return undefined
  }
}

/** Keeps a choice; `undefined` forgets it. */
export function storeChoice(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(name)
    else localStorage.setItem(name, value)
  } catch {
    // The page shows the choice all the same.
  }
}
