import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { digestsOf, type EntryForm, readEntry, signedBytes } from './entry-form.ts'
import { reasonOf } from './finding.ts'
import { sha256 } from './hashes.ts'
import {
  type Answer,
  type Author,
  type Broken,
  type Job,
  type Keys,
  type Result,
  recordBytes,
} from './messages.ts'
import { readKey, type VerifyingKey } from './public-key.ts'

/** One verifying thread: form, digests and signature of each entry, which no state decides. */

/** Every key that this thread was told; a key belongs to its id for ever. */
const keys = new Map<string, VerifyingKey>()
/** It starts anew when it is so full. */
const keysMax = 50_000

/** A job with its entries up to the first that cannot be read. */
type ReadJob = {
  readonly job: Job
  readonly entries: EntryForm[]
  readonly broken: Result['broken']
}
const waiting = new Map<number, ReadJob>()

function bytesOf({ bytes, offsets }: Job, place: number): Buffer {
  const start = offsets[place] ?? 0
  return Buffer.from(bytes, start, (offsets[place + 1] ?? start) - start)
}

function readAll(job: Job): ReadJob {
  const entries: EntryForm[] = []
  for (let place = 0; place < job.offsets.length - 1; place++) {
    try {
      entries.push(readEntry(bytesOf(job, place)))
    } catch (error) {
      return { job, entries, broken: { place, why: reasonOf(error) } }
    }
  }
  return { job, entries, broken: undefined }
}

function take(job: Job): Answer {
  const read = readAll(job)
  const kids = new Set(read.entries.map(({ kid }) => kid.toString('hex')))
  const needKeys = [...kids].filter((kid) => !keys.has(kid))
  if (needKeys.length === 0) return check(read)
  waiting.set(job.id, read)
  return { id: job.id, needKeys }
}

function learn({ id, keys: told }: Keys): Answer | undefined {
  const read = waiting.get(id)
  waiting.delete(id)
  for (const [kid, coseKey] of told) keys.set(kid, readKey(Buffer.from(coseKey)))
  const result = read && check(read)
  if (keys.size > keysMax) keys.clear()
  return result
}

function check({ job, entries, broken: unread }: ReadJob): Result {
  const records = Buffer.alloc((job.offsets.length - 1) * recordBytes)
  const authors = new AuthorList()
  let broken = unread
  for (const [place, entry] of entries.entries()) {
    const record = records.subarray(place * recordBytes, (place + 1) * recordBytes)
    const fault = checkEntry(entry, bytesOf(job, place), record)
    if (fault) {
      broken = { place, ...fault }
      break
    }
    record.writeUInt32BE(authors.placeOf(entry), 112)
  }
  return { ...job, records: plain(records), broken, authors: authors.list }
}

/** `Buffer.alloc` never cuts from a shared pool, so the whole of its memory is the buffer. */
const plain = (buffer: Buffer) => buffer.buffer as ArrayBuffer

const leafPrefix = Buffer.of(0)

type Fault = Omit<Broken, 'place'>

/** Fills the record; says what is wrong where something is. */
function checkEntry(entry: EntryForm, bytes: Buffer, record: Buffer): Fault | undefined {
  const kid = entry.kid.toString('hex')
  const key = keys.get(kid)
  if (!key) return { why: `the key ${kid} that signed it is not registered`, kid }
  if (key.algorithm !== entry.algorithm) return { why: "alg is not the key's algorithm" }
  const signed = signedBytes(entry.protectedBytes, entry.payload)
  if (!key.holds(signed, entry.signature)) return { why: 'its signature does not hold' }
  const { identity, content } = digestsOf(entry, signed)
  record.set(sha256(leafPrefix, bytes), 0)
  record.set(identity, 32)
  record.set(content, 64)
  record.writeDoubleBE(entry.iat, 96)
  record.writeDoubleBE(entry.exp ?? Number.NaN, 104)
  record.writeUInt32BE(entry.cti ? 1 : 0, 116)
  return undefined
}

/** The authors of one job, each once. */
class AuthorList {
  readonly list: Author[] = []
  readonly #places = new Map<string, number>()

  placeOf({ kid, contentType, iss, sub, aud, credential }: EntryForm): number {
    const author = { kid: kid.toString('hex'), contentType, iss, sub, aud, credential }
    const name = nameOf(author)
    const known = this.#places.get(name)
    if (known !== undefined) return known
    this.#places.set(name, this.list.length)
    return this.list.push(author) - 1
  }
}

const nameOf = (author: Author) => JSON.stringify(Object.values(author))

function post(answer: Answer | undefined): void {
  if (!answer) return
  const moved = 'records' in answer ? [answer.bytes, answer.records] : []
  parentPort?.postMessage(answer, moved)
}

if (!isMainThread && workerData === 'verify-entries') {
  parentPort?.on('message', (message: Job | Keys) => {
    post('keys' in message ? learn(message) : take(message))
  })
}
