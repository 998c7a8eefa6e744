import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { type Headers, pack } from 'tar-stream'

/** An entry of an archive: a file with a text, or whatever its header says. */
export type PackedEntry = Headers & {
  readonly content?: string | Buffer
  /** What the library's types leave out: longer and other fields. */
  readonly pax?: Readonly<Record<string, string>>
}

/** An archive as tar has it, not packed yet. */
export async function tarOf(entries: readonly PackedEntry[]): Promise<Buffer> {
  const tar = pack()
  for (const { content = '', ...header } of entries) {
    tar.entry({ mtime: new Date(0), ...header }, content)
  }
  tar.finalize()
  return buffer(tar)
}

/** A package as publishers upload it, of files by their names. */
export async function packageOf(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const entries = Object.entries(files).map(([name, content]) => ({ name, content }))
  return gzipSync(await tarOf(entries))
}

/** A program in Go that fetches nothing: what it says to need comes along, and it needs nothing. */
export function goPackage(source: string): Promise<Buffer> {
  const needed = 'github.com/hyperledger/fabric-chaincode-go v0.0.0-20220713164125-8f0791c989d7'
  return packageOf({
    'go.mod': `module example.org/tiny\n\ngo 1.20\n\nrequire ${needed}\n`,
    'vendor/modules.txt': `# ${needed}\n## explicit; go 1.12\n`,
    'main.go': source,
  })
}
