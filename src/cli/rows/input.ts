import { createHash, type Hash } from 'node:crypto'
import { createReadStream, createWriteStream, type Stats } from 'node:fs'
import { mkdtemp, open, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, extname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fail } from '../fail.ts'
import { csvRows } from './csv-rows.ts'
import { jsonArrayRows } from './json-array-rows.ts'
import { ndjsonRows } from './ndjson-rows.ts'
import type { Row } from './row.ts'

export const inputFormats = ['csv', 'ndjson', 'json'] as const
export type InputFormat = (typeof inputFormats)[number]

/** A file of rows, read and checked once already: its hash is part of every row's identity. */
export type Input = {
  /** As messages name it. */
  readonly name: string
  readonly path: string
  readonly format: InputFormat
  readonly rows: number
  readonly sha256: Uint8Array
}

export type OpenInput = {
  readonly input: Input
  /** Takes away what was kept aside of the input. */
  remove(): Promise<void>
}

export type InputOptions = {
  /** A path, or `-` for standard input. */
  readonly path: string
  readonly format: InputFormat | undefined
  /** Looks at each row, and throws where it will not do. */
  readonly check?: (row: Row, name: string) => void
}

/**
 * Reads an input to its end: finds out its format, checks and counts its rows, hashes it. So a
 * broken row is found before anything is sent. Standard input and pipes are copied to a file of
 * the user's own first, because an input is read twice.
 * @throws INPUT_FORMAT_UNKNOWN, INPUT_ROW_INVALID, FILE_NOT_FOUND, FILE_UNUSABLE
 */
export async function openInput(options: InputOptions, stdin: Readable): Promise<OpenInput> {
  const { path } = options
  if (path === '-') return spool('standard input', stdin, options)
  const stats = await statOf(path)
  if (stats.isDirectory()) throw fail('FILE_UNUSABLE', `${path} is a folder, not a file.`)
  const name = basename(path)
  if (!stats.isFile()) return spool(name, createReadStream(path), options)
  return { input: await inspect(name, options), remove: async () => undefined }
}

async function spool(name: string, stream: Readable, options: InputOptions): Promise<OpenInput> {
  const folder = await mkdtemp(join(tmpdir(), 'bsn-input-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const path = join(folder, 'input')
    await pipeline(stream, createWriteStream(path, { mode: 0o600 }))
    return { input: await inspect(name, { ...options, path }), remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function inspect(name: string, { path, format, check }: InputOptions): Promise<Input> {
  const found = format ?? (await sniff(path))
  if (!found) throw fail('INPUT_FORMAT_UNKNOWN', `${name} looks like no known format.`)
  const hash = createHash('sha256')
  let rows = 0
  for await (const row of readers[found](chunksOf(path, hash), name)) {
    check?.(row, name)
    rows++
  }
  return { name, path, format: found, rows, sha256: hash.digest() }
}

function statOf(path: string): Promise<Stats> {
  return stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT')
      throw fail('FILE_NOT_FOUND', `There is no file ${path}.`, { cause })
    throw cause
  })
}

const byExtension: Readonly<Record<string, InputFormat>> = {
  '.csv': 'csv',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
}

/** By the name's ending, else by the first bytes: files called .json hold arrays or lines. */
async function sniff(path: string): Promise<InputFormat | undefined> {
  const named = byExtension[extname(path).toLowerCase()]
  if (named) return named
  const file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0)
  await file.close()
  const start = buffer
    .toString('latin1', 0, bytesRead)
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart()
  if (start === '') return 'ndjson'
  if (start.startsWith('[')) return 'json'
  if (start.startsWith('{')) return 'ndjson'
  const isText = !start.includes('\0')
  return isText && start.includes(',') ? 'csv' : undefined
}

const readers = { csv: csvRows, ndjson: ndjsonRows, json: jsonArrayRows }

/**
 * The input's rows in order.
 * @throws FILE_UNUSABLE where the file changed since it was hashed, after its last row
 */
export async function* readRows({ name, path, format, sha256 }: Input): AsyncGenerator<Row> {
  const hash = createHash('sha256')
  yield* readers[format](chunksOf(path, hash), name)
  if (hash.digest().equals(sha256)) return
  throw fail('FILE_UNUSABLE', `${name} was changed while it was read: run the command again.`)
}

async function* chunksOf(path: string, hash: Hash): AsyncGenerator<Uint8Array> {
  let isFirst = true
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    const bytes = chunk as Buffer
    hash.update(bytes)
    yield isFirst ? withoutMark(bytes) : bytes
    isFirst = false
  }
}

/** A byte order mark says how the text is encoded; it is not part of the first row. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  return hasMark ? bytes.subarray(3) : bytes
}
