import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageOf } from './pack-archive.ts'

const root = join(import.meta.dirname, '../..')

/** The one that people see is an example. */
const folderOf = (name: string) =>
  join(
    root,
    name === 'assets-typescript' ? 'examples/assets/contract' : `test/fabric/packages/${name}`,
  )

/** Files of a package of a publisher, by their names in the archive. */
export function filesOfPackage(name: string): Record<string, string> {
  const folder = folderOf(name)
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      // Sources of contracts are not sources of this project: they end in .txt here.
      return [path.slice(folder.length + 1).replace(/\.txt$/, ''), readFileSync(path, 'utf8')]
    }),
  )
}

/** A package as it is uploaded, with some of its files changed. */
export async function uploadOf(
  name: string,
  change: (files: Record<string, string>) => Record<string, string> = (files) => files,
): Promise<Buffer> {
  return packageOf(change(filesOfPackage(name)))
}

/** A package in JavaScript that goes wrong in one way, with what the others are pinned to. */
export async function oddUpload(odd: string): Promise<Buffer> {
  const { 'package.json': manifest = '', 'package-lock.json': lock = '' } =
    filesOfPackage('assets-typescript')
  const own = { ...JSON.parse(manifest), name: 'odd', main: 'index.js' }
  return uploadOf('odd-javascript', (files) => ({
    'package.json': JSON.stringify(own),
    'package-lock.json': lock,
    'index.js': (files['index.js'] ?? '').replace("'ODD'", JSON.stringify(odd)),
  }))
}
