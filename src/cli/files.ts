import { randomBytes } from 'node:crypto'
import { access, constants, link, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fail } from './fail.ts'

/** @throws FILE_NOT_FOUND, FILE_UNUSABLE */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path))
  } catch (cause) {
    throw unusable(path, cause)
  }
}

function unusable(path: string, cause: unknown) {
  const code = (cause as NodeJS.ErrnoException).code
  if (code === 'ENOENT') return fail('FILE_NOT_FOUND', `There is no file ${path}.`, { cause })
  return fail('FILE_UNUSABLE', `${path} cannot be used: ${code ?? cause}.`, { cause })
}

/** That the folder of a file to write is missing, or closed. */
export function folderUnusable(path: string, cause: unknown) {
  const code = (cause as NodeJS.ErrnoException).code
  const why = code === 'ENOENT' ? 'there is no such folder' : `${code ?? cause}`
  return fail('FILE_UNUSABLE', `${path} cannot be written: ${dirname(path)}: ${why}.`, { cause })
}

export type WriteOptions = {
  /** Readable by its owner alone. */
  readonly secret?: boolean
  /** Replace a file that exists. */
  readonly force?: boolean
}

/**
 * Writes a whole file or nothing: what was there stays until the new bytes are on disk.
 * @throws FILE_EXISTS, FILE_UNUSABLE
 */
export async function writeWhole(
  path: string,
  data: Uint8Array | string,
  { secret = false, force = false }: WriteOptions = {},
): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString('hex')}.new`
  try {
    const handle = await open(draft, 'wx', secret ? 0o600 : 0o644)
    try {
      await handle.writeFile(data)
      await handle.sync()
    } finally {
      await handle.close()
    }
    // A link, unlike a rename, never replaces a file that another process made meanwhile.
    if (force) await rename(draft, path)
    else await link(draft, path)
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST'
    if (isThere) throw fail('FILE_EXISTS', `${path} exists already.`, { cause })
    throw unusable(path, cause)
  } finally {
    await rm(draft, { force: true })
  }
}

/**
 * That `writeWhole` will likely work, asked before something is done that cannot be undone.
 * @throws FILE_EXISTS, FILE_UNUSABLE
 */
export async function requireWritable(path: string, { force = false }: WriteOptions = {}) {
  const found = await stat(path).catch(() => undefined)
  if (found && !force) throw fail('FILE_EXISTS', `${path} exists already.`)
  await access(dirname(path), constants.W_OK).catch((cause: unknown) => {
    throw folderUnusable(path, cause)
  })
}

/** A file with a secret in it. @throws SECRET_FILE_EXPOSED, FILE_NOT_FOUND, FILE_UNUSABLE */
export async function readSecretFile(path: string): Promise<string> {
  const bytes = await readBytes(path)
  const { mode } = await stat(path)
  // Windows has no such bits: everything looks open there.
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    const octal = (mode & 0o777).toString(8)
    throw fail('SECRET_FILE_EXPOSED', `${path} has mode ${octal}; it must be 600.`)
  }
  return new TextDecoder().decode(bytes)
}
