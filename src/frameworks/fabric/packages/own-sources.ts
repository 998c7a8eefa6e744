import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Code of others, and what is not part of the contract. */
const strange = new Set(['node_modules', 'vendor', 'test', 'tests', '__tests__', '.git'])

const fileBytesMax = 1024 * 1024

/** A source of the publisher's own, or one that is too large to be looked at, without its text. */
export type OwnSource = { readonly file: string; readonly text: string | undefined }

/** Sources in a package by the end of their names, in one order, each as it is asked for. */
export async function* ownSources(folder: string, ending: RegExp): AsyncGenerator<OwnSource> {
  for await (const file of filesIn(folder, '')) {
    if (!ending.test(file)) continue
    const path = join(folder, file)
    const isLarge = (await stat(path)).size > fileBytesMax
    yield { file, text: isLarge ? undefined : await readFile(path, 'utf8') }
  }
}

async function* filesIn(folder: string, within: string): AsyncGenerator<string> {
  const entries = await readdir(join(folder, within), { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = within === '' ? entry.name : `${within}/${entry.name}`
    if (entry.isFile()) yield path
    else if (entry.isDirectory() && !strange.has(entry.name)) yield* filesIn(folder, path)
  }
}
