import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The program's version: that of the nearest package.json above this file, built or not. */
export function programVersion(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (existsSync(file)) return versionIn(file)
    if (dirname(folder) === folder) return '0.0.0'
  }
}

function versionIn(file: string): string {
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown }
  return typeof version === 'string' ? version : '0.0.0'
}
