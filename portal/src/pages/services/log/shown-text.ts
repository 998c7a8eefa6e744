/** JSON with a line for each member; any other text, and what broke off, as it is. */
export function shownText(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    const isWhole = typeof value === 'object' && value !== null
    return isWhole ? JSON.stringify(value, undefined, 2) : text
  } catch {
    return text
  }
}
