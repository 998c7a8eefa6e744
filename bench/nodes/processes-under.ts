import { readdirSync, readFileSync } from 'node:fs'

/** Processes that a process started, and those that these started. Empty where not Linux. */
export function processesUnder(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of entriesOf('/proc')) {
    const parent = /^\d+$/.test(name) ? parentOf(name) : undefined
    if (parent === undefined) continue
    children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const below = (one: number): number[] =>
    (children.get(one) ?? []).flatMap((child) => [child, ...below(child)])
  return below(pid)
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // Field 4; the name before it may hold spaces and brackets.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}
