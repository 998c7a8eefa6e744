import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { algorithmById, type Statement, toHex } from '@openbsn/sdk'
import type {
  AuthorityFields,
  CheckAnswer,
  CheckJob,
  KeyAnswer,
  WorkerAnswer,
} from './check-messages.ts'
import { recordBytes, writeRecord } from './check-messages.ts'
import { type CheckKey, checkSignature, digestsBytes, readStatement } from './check-statement.ts'
import { createVerifier } from './native.ts'

/**
 * One worker of the pool: takes jobs of a few hundred statements, answers with a fixed record for
 * each. What repeats from statement to statement (key, service, type) is named once and numbered.
 */

/** Both caches start anew when full, so that made-up names cannot fill the memory. */
const cacheEntriesMax = 20_000

const keys = new Map<string, CheckKey>()
const authorities = new Map<string, number>()
/** Jobs that wait for keys of the state. */
const waiting = new Map<number, { job: CheckJob; statements: Read[] }>()
let authoritiesMade = 0

type Parsed = ReturnType<typeof readStatement>
/** `key`: as known when the job came, because the cache may start anew while the job waits. */
type Read = { readonly parsed: Parsed; readonly key: CheckKey | undefined }
const isRefusal = (parsed: Parsed): parsed is Extract<Parsed, { code: string }> => 'code' in parsed

function bytesOf(job: CheckJob, i: number): Uint8Array {
  return new Uint8Array(
    job.bytes,
    job.offsets[i],
    (job.offsets[i + 1] ?? 0) - (job.offsets[i] ?? 0),
  )
}

function take(job: CheckJob): CheckAnswer | { id: number; needKeys: Uint8Array[] } {
  const statements: Read[] = []
  const unknown = new Map<string, Uint8Array>()
  for (let i = 0; i < job.offsets.length - 1; i++) {
    const parsed = readStatement(bytesOf(job, i))
    const kid = isRefusal(parsed) ? '' : toHex(parsed.kid)
    const key = keys.get(kid)
    statements.push({ parsed, key })
    if (!isRefusal(parsed) && !key) unknown.set(kid, parsed.kid.slice())
  }
  if (unknown.size === 0) return check(job, statements)
  waiting.set(job.id, { job, statements })
  return { id: job.id, needKeys: [...unknown.values()] }
}

function learn({ id, keys: found }: KeyAnswer): CheckAnswer | undefined {
  if (keys.size + found.length > cacheEntriesMax) keys.clear()
  for (const { kid, algorithm, raw } of found) {
    const known = algorithmById(algorithm)
    if (known) keys.set(toHex(kid), { algorithm, verifier: createVerifier(known, raw) })
  }
  const job = waiting.get(id)
  waiting.delete(id)
  return job && check(job.job, job.statements)
}

function check(job: CheckJob, statements: readonly Read[]): CheckAnswer {
  const records = new ArrayBuffer(statements.length * recordBytes)
  const restarts = authorities.size >= cacheEntriesMax
  if (restarts) authorities.clear()
  const answer = { id: job.id, bytes: job.bytes, offsets: job.offsets, records, restarts }
  const refusals: CheckAnswer['refusals'] = []
  const named: [number, AuthorityFields][] = []
  statements.forEach(({ parsed, key }, i) => {
    const digests = new Uint8Array(records, i * recordBytes, digestsBytes)
    const refusal = isRefusal(parsed)
      ? parsed
      : checkSignature(bytesOf(job, i), parsed, key ?? keys.get(toHex(parsed.kid)), digests)
    if (refusal) refusals.push([i, refusal])
    else if (!isRefusal(parsed)) writeRecord(records, i, parsed.claims, authorityOf(parsed, named))
  })
  return { ...answer, refusals, named }
}

function authorityOf(statement: Statement, named: [number, AuthorityFields][]): number {
  const { algorithm, contentType, claims } = statement
  const { iss, sub, aud, credential } = claims
  const kid = toHex(statement.kid)
  // Lengths before the texts: two lists of texts never come to one name.
  const sizes = `${contentType.length},${iss.length},${sub.length},${aud.length}`
  const name = `${kid}${sizes},${contentType}${iss}${sub}${aud}${credential ?? ''}`
  const known = authorities.get(name)
  if (known !== undefined) return known
  const id = authoritiesMade++
  authorities.set(name, id)
  const fields = { kid, algorithm: algorithm.id, contentType, iss, sub, aud }
  named.push([id, credential === undefined ? fields : { ...fields, credential }])
  return id
}

function post(answer: WorkerAnswer | undefined): void {
  if (!answer) return
  const moved = 'records' in answer ? [answer.bytes, answer.records] : []
  parentPort?.postMessage(answer, moved)
}

if (!isMainThread && workerData === 'check-statements') {
  parentPort?.on('message', (message: CheckJob | KeyAnswer) => {
    post('keys' in message ? learn(message) : take(message))
  })
}
