import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, type Gunzip } from 'node:zlib'
import { CodedError } from '@openbsn/sdk'
import { type Entry, extract } from 'tar-stream'
import { EntryNames } from './entry-names.ts'
import { packageError } from './errors.ts'
import { TarMeter } from './tar-meter.ts'

export type UnpackLimits = {
  readonly packedBytesMax: number
  readonly unpackedBytesMax: number
  /** Files and folders. */
  readonly entriesMax: number
  /** Unpacked bytes for each packed one, once there is a mebibyte. */
  readonly ratioMax: number
  readonly timeoutMs: number
}

/** Source text packs about one to five. A Go contract with its `vendor` folder has 20 MB. */
export const usualLimits: UnpackLimits = {
  packedBytesMax: 32 * 1024 * 1024,
  unpackedBytesMax: 256 * 1024 * 1024,
  entriesMax: 20_000,
  ratioMax: 100,
  timeoutMs: 60_000,
}

/** What a package was found to be. */
export type Unpacked = {
  /** SHA-256 of the archive, in hex. */
  readonly digest: string
  /** Files and folders. */
  readonly entries: number
  readonly sizeBytes: number
}

/**
 * Unpacks the archive of a publisher into a folder that is not there yet. Memory is bounded: a file
 * goes to the disk as it comes. On a refusal the folder is not there either.
 * @throws PACKAGE_UNREADABLE, PACKAGE_TOO_LARGE, PACKAGE_NAME_REFUSED, PACKAGE_ENTRY_REFUSED
 */
export async function unpackPackage(
  archive: string,
  folder: string,
  limits: UnpackLimits = usualLimits,
): Promise<Unpacked> {
  const { size } = await stat(archive)
  if (size > limits.packedBytesMax) throw tooLarge(`${limits.packedBytesMax} bytes packed`)
  await mkdir(folder)
  try {
    return await unpack(archive, { folder, limits, size })
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw codedOf(error)
  }
}

type Unpacking = {
  readonly folder: string
  readonly limits: UnpackLimits
  /** Of the archive. */
  readonly size: number
}

async function unpack(archive: string, { folder, limits, size }: Unpacking): Promise<Unpacked> {
  const hash = createHash('sha256')
  const packed = createReadStream(archive)
  packed.on('data', (chunk) => hash.update(chunk))
  const gunzip = packed.pipe(createGunzip())
  const meter = new TarMeter()
  const bytes = Readable.from(metered(gunzip, meter, limits), { objectMode: false })
  const tar = extract()
  // What is being read then only says that its stream is gone.
  let why: Error | undefined
  const stop = (error: Error) => {
    why ??= error
    tar.destroy(error)
  }
  packed.on('error', (error) => gunzip.destroy(error))
  bytes.on('error', stop)
  const late = setTimeout(() => stop(tooLarge(`${limits.timeoutMs} ms`)), limits.timeoutMs)
  bytes.pipe(tar)
  let entries = 0
  try {
    const names = new EntryNames()
    for await (const entry of tar) {
      if (++entries > limits.entriesMax) throw tooLarge(`${limits.entriesMax} files and folders`)
      await takeEntry(entry, { folder, names, meter, limits })
    }
    meter.end()
  } catch (error) {
    throw why ?? error
  } finally {
    clearTimeout(late)
    for (const stream of [bytes, gunzip, packed]) stream.destroy()
  }
  // What comes after the compressed bytes is left alone by the library, without a word.
  if (gunzip.bytesWritten !== size) throw unreadable('has bytes after its end')
  return { digest: hash.digest('hex'), entries, sizeBytes: meter.total }
}

/** Refuses as soon as there is too much, so that a bomb is never unpacked. */
async function* metered(
  gunzip: Gunzip,
  meter: TarMeter,
  { unpackedBytesMax, ratioMax }: UnpackLimits,
): AsyncGenerator<Buffer, void> {
  for await (const chunk of gunzip as AsyncIterable<Buffer>) {
    meter.add(chunk)
    if (meter.total > unpackedBytesMax) throw tooLarge(`${unpackedBytesMax} bytes unpacked`)
    if (meter.total > 1024 * 1024 && meter.total > ratioMax * gunzip.bytesWritten) {
      throw tooLarge(`${ratioMax} bytes unpacked for each packed one`)
    }
    yield chunk
  }
}

type Taking = Omit<Unpacking, 'size'> & { readonly names: EntryNames; readonly meter: TarMeter }

async function takeEntry(entry: Entry, { folder, names, meter, limits }: Taking): Promise<void> {
  const { name, size = 0, type, mode = 0 } = entry.header
  const isFolder = type === 'directory'
  if (!isFolder && type !== 'file' && type !== 'contiguous-file') {
    const what = `${JSON.stringify(name.slice(0, 80))} is a ${type ?? 'thing unknown'}`
    throw packageError('PACKAGE_ENTRY_REFUSED', `${what}, neither a file nor a folder.`)
  }
  // Headers of others may say anything.
  if (!Number.isSafeInteger(size) || size < 0 || (isFolder && size > 0)) {
    throw unreadable(`has an entry of ${size} bytes`)
  }
  if (size > limits.unpackedBytesMax) throw tooLarge(`${limits.unpackedBytesMax} bytes unpacked`)
  meter.entry(offsetOf(entry), size)
  const path = names.take(name, isFolder ? 'folder' : 'file')
  if (path === undefined || isFolder) {
    await mkdir(join(folder, path ?? ''), { recursive: true })
    entry.resume()
    return
  }
  const file = join(folder, path)
  await mkdir(dirname(file), { recursive: true })
  const isProgram = (mode & 0o100) !== 0
  // Never through something that is there, whatever it is.
  const to = createWriteStream(file, { flags: 'wx', mode: isProgram ? 0o755 : 0o644 })
  await pipeline(meter.passing(entry), to)
}

/** Where its header begins: the library's types leave it out. */
const offsetOf = (entry: Entry) => (entry as Entry & { readonly offset: number }).offset

function codedOf(error: unknown): unknown {
  if (error instanceof CodedError) return error
  const { code, syscall } = error as NodeJS.ErrnoException
  // The disk's own faults are none of the package's.
  if (syscall !== undefined && code !== 'ENAMETOOLONG') return error
  return unreadable(`cannot be read: ${(error as Error).message}`, error)
}

const unreadable = (why: string, cause?: unknown) =>
  packageError('PACKAGE_UNREADABLE', `The package ${why}.`, cause === undefined ? {} : { cause })

const tooLarge = (limit: string) =>
  packageError('PACKAGE_TOO_LARGE', `The package takes more than ${limit}.`)
