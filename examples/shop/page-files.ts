import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

export type PageFile = { readonly type: string; readonly body: Uint8Array }

const folder = join(import.meta.dirname, 'page')

const plain = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/style.css': ['style.css', 'text/css; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
} as const

/** The page by path: it has one script, with the part of the SDK in it that verifies. */
export async function readPage(): Promise<ReadonlyMap<string, PageFile>> {
  const files = new Map<string, PageFile>()
  for (const [path, [name, type]] of Object.entries(plain)) {
    files.set(path, { type, body: await readFile(join(folder, name)) })
  }
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'page.ts')],
    ...{ bundle: true, write: false, format: 'esm', platform: 'browser', target: 'es2022' },
    // As this clone resolves the SDK; who installed it from npm leaves this out.
    conditions: ['openbsn-source'],
    logLevel: 'silent',
  })
  const [script] = outputFiles
  if (script)
    files.set('/page.js', { type: 'text/javascript; charset=utf-8', body: script.contents })
  return files
}
