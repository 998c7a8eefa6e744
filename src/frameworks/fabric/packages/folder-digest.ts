import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { packageError } from './errors.ts'

export type FolderDigest = {
  /** SHA-256 in hex. */
  readonly digest: string
  readonly files: number
  readonly sizeBytes: number
}

/**
 * Names, contents, and which files are programs: SHA-256 of a list with a line for each file,
 * `x` or `-`, its SHA-256 and its path as JSON, sorted by path as bytes; `l` and its target for a
 * link. Owners, times and empty folders do not count.
 * @throws PACKAGE_BUILD_FAILED where there is something else than files, folders and links
 */
export async function folderDigest(folder: string): Promise<FolderDigest> {
  const paths = await pathsIn(folder)
  const list = createHash('sha256')
  let sizeBytes = 0
  for (const path of paths) {
    const full = join(folder, path)
    const { mode, size, ...kind } = await statOf(full)
    sizeBytes += size
    const how = kind.isLink ? 'l' : (mode & 0o100) !== 0 ? 'x' : '-'
    const what = kind.isLink ? JSON.stringify(await readlink(full)) : await fileDigest(full)
    list.update(`${how} ${what} ${JSON.stringify(path)}\n`)
  }
  return { digest: list.digest('hex'), files: paths.length, sizeBytes }
}

async function statOf(path: string) {
  const found = await lstat(path)
  const isLink = found.isSymbolicLink()
  if (isLink || found.isFile()) return { mode: found.mode, size: found.size, isLink }
  const message = `The build left ${JSON.stringify(path)}, which is neither a file nor a folder.`
  throw packageError('PACKAGE_BUILD_FAILED', message, { details: { step: 'digest' } })
}

async function pathsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
  return paths.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

/** SHA-256 of a file, in hex. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
