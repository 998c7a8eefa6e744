import { toBase64url } from './base64url.ts'
import { type AskJson, bytesOf, queryText } from './json-send.ts'
import { keyedWrite } from './keyed-write.ts'
import type { PrivatePayload } from './private-payload.ts'
import type { AnswerCheck } from './try-gateway.ts'

/** One record to write. */
export type NewRecord = {
  /** Any JSON; its canonical form (RFC 8785) is registered. */
  readonly value: unknown
  /** What it is about: it is found, with its history, by it. */
  readonly key?: string
  /** `application/json` where absent. */
  readonly contentType?: string
  /**
   * Keeps the value at the city node, encrypted for this subject, and registers a salted commitment
   * to it. The subject, such as a customer number, is never registered; it is erased by it.
   */
  readonly private?: { readonly subject: string }
}

export type WriteOptions = {
  /** Makes the write one act through every gateway; made here where absent. 1 to 255 characters. */
  readonly idempotencyKey?: string
  /** Has the receipt, and the registered bytes that it proves, in the answer. */
  readonly receipts?: boolean
  readonly signal?: AbortSignal
}

/** Where a record stands. Bytes in base64url; `receipt` can be `pending`. */
export type RecordPlace = {
  readonly index: number
  readonly height: number
  /** Block time, seconds since 1970. */
  readonly time: number
  readonly receipt?: string
  readonly statement?: string
}

/** What became of one record: appended, or found to be registered before, or refused. */
export type RecordOutcome =
  | ({ readonly outcome: 'appended' | 'duplicate' } & RecordPlace)
  | { readonly outcome: 'refused'; readonly code: string; readonly detail: string }

/** `request` is the Idempotency-Key, for `status`. */
export type WrittenRecord = RecordPlace & {
  readonly outcome: 'appended' | 'duplicate'
  readonly request: string
}
export type WrittenRecords = {
  readonly outcomes: readonly RecordOutcome[]
  readonly request: string
}

export type StoredRecord = {
  readonly index: number
  readonly height: number
  readonly time: number
  readonly key?: string
  readonly contentType: string
  /** The credential in whose name it was written. */
  readonly issuer: string
  /** The payload where it is JSON. */
  readonly value?: unknown
  /** base64url of the payload, where it is something else. */
  readonly payload?: string
  /** True where the value is private, and the caller may see it, or could have. */
  readonly private?: boolean
  /** When the private value was erased, seconds since 1970. */
  readonly erased?: number
}

/** What a private record stands for, for `verifyPrivatePayload`. */
export type OpenedRecord = PrivatePayload & { readonly index: number }

/** `index`, `height` and `time` of the record that tells so, where there was something to erase. */
export type SubjectErasure = {
  /** Payloads that were erased now. */
  readonly erased: number
} & Partial<Pick<RecordPlace, 'index' | 'height' | 'time'>>

export type RecordPage = {
  readonly records: readonly StoredRecord[]
  readonly next?: string
  /** First index that the list has not seen yet. */
  readonly position: number
}

/** Filters; times in seconds since 1970, `to` exclusive. */
export type RecordsQuery = {
  readonly key?: string
  readonly from?: number
  readonly to?: number
  readonly cursor?: string
  readonly limit?: number
  readonly order?: 'oldest' | 'newest'
}

/** What is known of a write. `not_sent`: nothing of it has an effect, and it may be sent again. */
export type RequestStatus = {
  readonly request: string
  /** The key is of a batch: this is the state of one `row` of it, each has its own. */
  readonly isBatch?: true
  readonly row?: number
} & (
  | ({ readonly state: 'committed' } & RecordPlace)
  | { readonly state: 'pending' | 'not_sent' }
  | { readonly state: 'rejected'; readonly code: string; readonly detail: string }
)

/** JSON records of one service. Writing needs a service of key-trust and the scope of it. */
export interface Records {
  /**
   * Registers one record.
   * @throws the gateway's or ledger's code where it is refused; GATEWAY_UNREACHABLE; in any case
   * with `details.request`, to ask `status` about
   */
  put(record: NewRecord, options?: WriteOptions): Promise<WrittenRecord>
  /** Registers many, in order, one outcome each. @throws as `put`, where all were refused alike */
  putMany(records: readonly NewRecord[], options?: WriteOptions): Promise<WrittenRecords>
  /** The latest record with a key. @throws RECORD_NOT_FOUND, ERASED */
  get(key: string): Promise<StoredRecord>
  list(query?: RecordsQuery): Promise<RecordPage>
  /** Every record with a key. */
  history(key: string, query?: Omit<RecordsQuery, 'key'>): Promise<RecordPage>
  /**
   * What became of a write by its Idempotency-Key; of a batch, of one `row` of it: the first that
   * is known of, where none is given.
   */
  status(idempotencyKey: string, row?: number): Promise<RequestStatus>
  /** What the private record at that place stands for. @throws PRIVATE_PAYLOAD_NOT_FOUND, ERASED */
  open(index: number): Promise<OpenedRecord>
  /**
   * Erases every private payload of a subject that the gateway's node keeps, for ever; entries and
   * their proofs stay. Ask each node that private records were written through.
   */
  erase(subject: string): Promise<SubjectErasure>
}

/** A key that nobody else has: 128 random bits. */
export function newIdempotencyKey(): string {
  return toBase64url(crypto.getRandomValues(new Uint8Array(16)))
}

/** How an answer with receipts is held against what was written under an Idempotency-Key. */
export type WrittenCheck = (
  idempotencyKey: string,
  written: NewRecord | readonly NewRecord[],
) => AnswerCheck | undefined

/** @throws nothing; the first request does */
export function createRecords(ask: AskJson, service: string, checkOf: WrittenCheck): Records {
  const base = `/services/${encodeURIComponent(service)}`
  const at = (key: string) => `${base}/records/${encodeURIComponent(key)}`

  async function write<T>(
    written: NewRecord | readonly NewRecord[],
    options: WriteOptions,
  ): Promise<T> {
    const { idempotencyKey = newIdempotencyKey(), receipts, signal } = options
    const body = Array.isArray(written) ? { records: written } : written
    const check = receipts ? checkOf(idempotencyKey, written) : undefined
    // What stands in the ledger for a private value is of the gateway that made it.
    const isPrivate = [written].flat().some((record) => record.private)
    return keyedWrite<T>(ask, `${base}/records${receipts ? '?include=receipt' : ''}`, {
      ...{ body, idempotencyKey },
      ...(signal ? { signal } : {}),
      ...(check ? { check } : {}),
      ...(isPrivate ? { isRepeatable: 'there' } : {}),
    })
  }

  return {
    put: (record, options = {}) => write(record, options),
    putMany: (records, options = {}) => write(records, options),
    get: (key) => ask(at(key)),
    list: (query = {}) => ask(`${base}/records${queryText(query)}`),
    history: (key, query = {}) => ask(`${at(key)}/history${queryText(query)}`),
    status: (key, row) => ask(`${base}/requests/${encodeURIComponent(key)}${queryText({ row })}`),
    open: async (index) => {
      type Answer = { index: number; contentType: string; salt: string; payload: string }
      const { salt, payload, ...rest } = await ask<Answer>(`${base}/private/${index}`)
      return { ...rest, salt: bytesOf(salt), payload: bytesOf(payload) }
    },
    erase: (subject) =>
      ask(`${base}/subjects/${encodeURIComponent(subject)}`, { method: 'DELETE' }),
  }
}
