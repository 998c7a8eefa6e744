import {
  actIdentity,
  CodedError,
  canonicalJson,
  fromBase64url,
  fromUtf8,
  isCodedError,
  limits,
  type PrivatePayload,
  parseStatement,
  privatePayloadType,
  statementIdentity,
  toBase64url,
  utf8,
} from '@openbsn/sdk'
import type { Refusal } from '../../crypto/check-statement.ts'
import type { Call, CallOutcome, Framework, Place } from '../../frameworks/framework.ts'
import { type JsonObject, parseJson } from '../../kernel/json.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { PrivatePayloads, ReadAnswer } from './private-payloads.ts'
import type { Erasure } from './private-store.ts'

/** Content type of the record that tells about an erasure. */
export const erasureType = 'application/x.openbsn-erasure+json'

export type ErasedSubject = {
  /** Payloads that were erased. */
  readonly count: number
  /** Where the record of it is; undefined where there was nothing, or the ledger has it later. */
  readonly place?: Place
}

/** Records whose payloads this city node keeps, and gives back to who may read them. */
export interface PrivateRecords {
  /**
   * The framework, with one more argument of `put`: `private`, {subject}. What is private is kept
   * here, and its commitment registered.
   */
  readonly framework: Framework
  /**
   * A record as `query` answers it, with the value that it stands for; `private` and, where that
   * is so, `erased` tell what it is. Only for a caller that may read the service.
   */
  reveal(record: JsonObject): JsonObject
  /**
   * What the record at that place stands for, to check it with no server.
   * @throws PRIVATE_PAYLOAD_NOT_FOUND, ERASED
   */
  open(service: string, index: number): PrivatePayload
  /**
   * Erases a subject in the name of a credential, and registers a record that tells so. Nothing is
   * destroyed where the rules of the ledger would not let that record in.
   * @throws the ledger's own code for that, such as NOT_ALLOWED
   */
  erase(input: {
    readonly service: string
    readonly subject: string
    readonly credential: string
  }): Promise<ErasedSubject>
  /** Registers the records of erasures that the node was ended behind. */
  recordErasures(): Promise<void>
}

export type PrivateRecordsDeps = {
  readonly ledger: Ledger
  readonly framework: Framework
  readonly payloads: PrivatePayloads
  /** Why the ledger would take no record in the name of a credential now; else undefined. */
  readonly whyNotRecorded: (record: Pick<Call, 'service' | 'credential'>) => Refusal | undefined
}

type PrivateCall = { readonly subject: string; readonly contentType: string; readonly text: string }
type Rejected = CallOutcome & { readonly state: 'rejected' }

/** Private records of one ledger. */
export function createPrivateRecords(deps: PrivateRecordsDeps): PrivateRecords {
  const { ledger, framework, payloads } = deps

  function read(index: number, service?: string): ReadAnswer {
    const entry = ledger.entry(index)
    if (!entry) return { state: 'unknown' }
    const statement = parseStatement(entry.statement)
    const commitment = commitmentOf(statement.contentType, statement.payload)
    const isOther = service !== undefined && statement.claims.sub !== service
    if (!commitment || isOther) return { state: 'unknown' }
    return payloads.read({ commitment, act: statementIdentity(statement) })
  }

  async function recordOne(erasure: Erasure): Promise<Place | undefined> {
    const { id, ledger: home, service, credential, time, count } = erasure
    if (home !== ledger.id) return undefined
    const args = { contentType: erasureType, value: { erased: count, time } }
    const call = { service, credential, function: 'put', args, id }
    const [outcome] = await framework.submit([call], never)
    if (outcome?.state !== 'committed') return undefined
    payloads.setEntry(id, Number(outcome.place.transaction))
    return outcome.place
  }

  return {
    framework: {
      ...framework,
      events: framework.events,
      submit: (calls, signal) =>
        calls.some(({ args }) => args.private !== undefined)
          ? submitPrivate(deps, calls, signal)
          : framework.submit(calls, signal),
    },
    reveal(record) {
      if (record.contentType !== privatePayloadType) return record
      const answer = read(Number(record.index))
      if (answer.state === 'unknown') return record
      const { value: _, ...rest } = record
      if (answer.state === 'erased') return { ...rest, private: true, erased: answer.time }
      const { contentType } = answer
      return { ...rest, contentType, value: jsonOf(answer), private: true }
    },
    open(service, index) {
      const answer = read(index, service)
      if (answer.state === 'kept') return answer
      if (answer.state === 'erased') throw erased(answer.time)
      const message = `Entry ${index} of this service stands for no payload that is kept here.`
      throw new CodedError('PRIVATE_PAYLOAD_NOT_FOUND', message)
    },
    async erase(input) {
      const refusal = deps.whyNotRecorded(input)
      if (refusal) throw new CodedError(refusal.code, refusal.detail)
      const erasure = await payloads.erase({ ledger: ledger.id, ...input })
      if (!erasure) return { count: 0 }
      const place = await recordOne(erasure).catch(() => undefined)
      return { count: erasure.count, ...(place ? { place } : {}) }
    },
    async recordErasures() {
      for (const erasure of payloads.unrecorded()) await recordOne(erasure)
    },
  }
}

const never = new AbortController().signal

/** What is thrown, or answered, for a payload that was erased. */
export function erased(time: number): CodedError {
  return new CodedError('ERASED', `It was erased at ${new Date(time * 1000).toISOString()}.`)
}

function commitmentOf(contentType: string, payload: Uint8Array): Uint8Array | undefined {
  if (contentType !== privatePayloadType) return undefined
  const text = /^"([\w-]{43})"$/.exec(fromUtf8(payload) ?? '')?.[1]
  return text === undefined ? undefined : fromBase64url(text)
}

function jsonOf({ payload }: PrivatePayload) {
  return parseJson(fromUtf8(payload) ?? 'null')
}

/** What is to be kept of a call; a refusal where it does not say so in the right form. */
function privateCallOf({ args }: Call): PrivateCall | Rejected | undefined {
  if (args.private === undefined) return undefined
  const { subject, ...more } = { subject: undefined, ...(args.private as JsonObject) }
  if (typeof subject !== 'string' || subject === '' || Object.keys(more).length > 0) {
    return rejected('ARGUMENT_INVALID', 'put: "private" is {"subject": text}.')
  }
  const { value, contentType = 'application/json' } = args
  if (value === undefined || typeof contentType !== 'string' || contentType.includes('\0')) {
    return rejected('ARGUMENT_INVALID', 'put: "value" is required, "contentType" is text.')
  }
  try {
    const text = canonicalJson(value)
    if (Buffer.byteLength(text) <= limits.payloadBytesMax) return { subject, contentType, text }
  } catch (error) {
    if (isCodedError(error)) return rejected(error.code, error.message)
    throw error
  }
  const detail = `A private payload has at most ${limits.payloadBytesMax} bytes.`
  return rejected('STATEMENT_PAYLOAD_TOO_LARGE', detail)
}

const rejected = (code: string, detail: string): Rejected => ({ state: 'rejected', code, detail })

/** Keeps what is private and hands all calls over as one, in their order. */
async function submitPrivate(
  deps: PrivateRecordsDeps,
  calls: readonly Call[],
  signal: AbortSignal,
): Promise<CallOutcome[]> {
  const sent = Promise.withResolvers<CallOutcome[]>()
  // Heard by each call that is registered; where there is none, by nobody.
  sent.promise.catch(() => undefined)
  const under = calls.map((call, place) =>
    prepare(deps, call, async () => {
      const outcome = (await sent.promise)[place]
      return outcome ?? rejected('ARGUMENT_INVALID', 'The call has no outcome.')
    }),
  )
  const ready = await Promise.all(under.map(({ call }) => call))
  const toSend = ready.filter((one): one is Call => one !== undefined)
  try {
    const outcomes = toSend.length === 0 ? [] : await deps.framework.submit(toSend, signal)
    let next = 0
    sent.resolve(ready.map((one) => (one ? outcomes[next++] : undefined) as CallOutcome))
  } catch (error) {
    sent.reject(error)
  }
  return Promise.all(under.map(({ outcome }) => outcome))
}

type Prepared = {
  /** What goes to the framework; undefined where nothing does. */
  readonly call: Promise<Call | undefined>
  readonly outcome: Promise<CallOutcome>
}

function prepare(
  { ledger, framework, payloads }: PrivateRecordsDeps,
  call: Call,
  registered: () => Promise<CallOutcome>,
): Prepared {
  const kept = privateCallOf(call)
  if (!kept) return { call: Promise.resolve(call), outcome: registered() }
  if ('state' in kept) return { call: Promise.resolve(undefined), outcome: Promise.resolve(kept) }
  const { service, credential: by, id, args } = call
  const act = actIdentity({ ledger: ledger.id, service, by, id })
  const ready = Promise.withResolvers<Call | undefined>()
  const { subject, contentType, text } = kept
  const input = { ledger: ledger.id, service, subject, act, contentType, payload: utf8(text) }
  const keeping = payloads.keep(input, async (commitment) => {
    const { private: _, ...open } = args
    const shown = { ...open, contentType: privatePayloadType, value: toBase64url(commitment) }
    ready.resolve({ ...call, args: shown })
    const outcome = await registered()
    return { isRefused: outcome.state === 'rejected', outcome }
  })
  keeping.then(() => ready.resolve(undefined), ready.reject)
  const outcome = keeping.then(async (answer) => {
    if (answer.state === 'kept') return answer.outcome
    // The entry of a retry is where it was; what was never registered stays away for ever.
    const before = await framework.status(call)
    if (before.state === 'committed') return { ...before, isRepeat: true }
    return rejected('ERASED', 'The subject was erased after this was sent first.')
  })
  outcome.catch(() => undefined)
  return { call: ready.promise, outcome }
}
