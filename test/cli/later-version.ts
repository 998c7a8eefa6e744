import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** This program once more, in a folder of its own, as a later version; its launcher. */
export function laterVersion(folder: string): {
  readonly launcher: string
  readonly version: string
} {
  mkdirSync(folder)
  for (const part of ['bin', 'src', 'engines']) {
    cpSync(join(root, part), join(folder, part), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const [major, minor] = String(manifest.version).split('.').map(Number)
  const version = `${major}.${Number(minor) + 1}.0`
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, version }))
  return { launcher: join(folder, 'bin/bsn'), version }
}
