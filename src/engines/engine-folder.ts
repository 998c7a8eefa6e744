import { join } from 'node:path'

/** What a node keeps about an engine: its logs, and which process runs. */
export function engineFolder(home: string, name: string): string {
  return join(home, 'engines', name)
}

/** The log in such a folder; older parts have `.1`, `.2` … behind their names. */
export function engineLogPath(folder: string): string {
  return join(folder, 'engine.log')
}
