import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { algorithmById, type Statement } from '@openbsn/sdk'
import { authorityFieldsOf } from './authority-fields.ts'
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
import { giveWay } from './thread-priority.ts'

/**
 * One worker of the pool: takes jobs of a few hundred statements, answers with a fixed record for
 * each. What repeats from statement to statement (key, service, type) is named once and numbered.
 */

/** Both caches start anew when full, so that made-up names cannot fill the memory. */
const cacheEntriesMax = 20_000
/** Few, because they are compared one by one. */
const authoritiesPerKeyMax = 8
/**
 * Where two threads want one core, this one gets 3 % of it. On a machine that has but one it gets a
 * third, so that a busy gateway still verifies.
 */
const giveWaySteps = availableParallelism() === 1 ? 3 : 15

const keys = new Map<string, CheckKey>()
/** The latest of each key, by kid in hex. */
const authorities = new Map<string, Numbered[]>()
/** Jobs that wait for keys of the state. */
const waiting = new Map<number, { job: CheckJob; statements: Read[] }>()
let authoritiesMade = 0
/** Since the numbering began anew: so many may be kept on the main thread. */
let authoritiesNamed = 0

type Numbered = { readonly id: number; readonly fields: AuthorityFields }
type Parsed = ReturnType<typeof readStatement>
type Read = {
  readonly parsed: Parsed
  /** In hex; empty where the statement was refused. */
  readonly kid: string
  /** As known when the job came, because the cache may start anew while the job waits. */
  readonly key: CheckKey | undefined
}

const isRefusal = (parsed: Parsed): parsed is Extract<Parsed, { code: string }> => 'code' in parsed

/** Native, because every statement needs it. */
const hexOf = ({ buffer, byteOffset, length }: Uint8Array) =>
  Buffer.from(buffer, byteOffset, length).toString('hex')

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
    const kid = isRefusal(parsed) ? '' : hexOf(parsed.kid)
    const key = keys.get(kid)
    statements.push({ parsed, kid, key })
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
    if (known) keys.set(hexOf(kid), { algorithm, verifier: createVerifier(known, raw) })
  }
  const job = waiting.get(id)
  waiting.delete(id)
  return job && check(job.job, job.statements)
}

function check(job: CheckJob, statements: readonly Read[]): CheckAnswer {
  const records = new ArrayBuffer(statements.length * recordBytes)
  const restarts = authoritiesNamed >= cacheEntriesMax
  if (restarts) {
    authorities.clear()
    authoritiesNamed = 0
  }
  const answer = { id: job.id, bytes: job.bytes, offsets: job.offsets, records, restarts }
  const refusals: CheckAnswer['refusals'] = []
  const named: [number, AuthorityFields][] = []
  statements.forEach(({ parsed, kid, key }, i) => {
    const digests = new Uint8Array(records, i * recordBytes, digestsBytes)
    const refusal = isRefusal(parsed)
      ? parsed
      : checkSignature(bytesOf(job, i), parsed, key ?? keys.get(kid), digests)
    if (refusal) refusals.push([i, refusal])
    else if (!isRefusal(parsed)) {
      writeRecord(records, i, parsed.claims, authorityOf(parsed, kid, named))
    }
  })
  return { ...answer, refusals, named }
}

function authorityOf(
  statement: Statement,
  kid: string,
  named: [number, AuthorityFields][],
): number {
  const { algorithm, contentType, claims } = statement
  const { iss, sub, aud, credential } = claims
  // A city node signs for many credentials with one key.
  const signs = credential === undefined ? kid : `${kid}/${credential}`
  const ofKey = authorities.get(signs) ?? []
  const known = ofKey.find(
    ({ fields }) =>
      fields.sub === sub &&
      fields.iss === iss &&
      fields.aud === aud &&
      fields.contentType === contentType &&
      fields.credential === credential &&
      fields.algorithm === algorithm.id,
  )
  if (known) return known.id
  const id = authoritiesMade++
  const fields = authorityFieldsOf(statement, kid)
  authorities.set(signs, [{ id, fields }, ...ofKey.slice(0, authoritiesPerKeyMax - 1)])
  authoritiesNamed++
  named.push([id, fields])
  return id
}

function post(answer: WorkerAnswer | undefined): void {
  if (!answer) return
  const moved = 'records' in answer ? [answer.bytes, answer.records] : []
  parentPort?.postMessage(answer, moved)
}

if (!isMainThread && workerData === 'check-statements') {
  // The thread that decides and answers must not wait for one that it has just given work.
  giveWay(giveWaySteps)
  parentPort?.on('message', (message: CheckJob | KeyAnswer) => {
    post('keys' in message ? learn(message) : take(message))
  })
}
