import { type AllianceDirectory, createAllianceDirectory } from './alliance-client.ts'
import { createDirectory, type Directory } from './directory-client.ts'
import { readEvents } from './events.ts'
import { answerError, bytesOf, createAskJson, parseJson, queryText } from './json-send.ts'
import { createRecords, type Records } from './records-client.ts'
import type { EventsQuery, ServiceEvent } from './service-event.ts'
import { encodeBatch } from './statement.ts'
import { createTransport, type Send, type TransportOptions } from './transport.ts'
import { createWebhooks, type Webhooks } from './webhooks-client.ts'

/** What became of one statement. `index` and `height` say where its entry is. */
export type Outcome =
  | {
      readonly outcome: 'appended' | 'duplicate'
      readonly index: number
      readonly height: number
      /** base64url of the COSE receipt, or `pending` until enough validators signed. */
      readonly receipt?: string
      /** base64url of the registered bytes, where receipts were asked for. */
      readonly statement?: string
    }
  | { readonly outcome: 'refused'; readonly code: string; readonly detail: string }

export type Entry = { index: number; height: number; time: number; statement: Uint8Array }

export type ListedEntry = {
  readonly index: number
  readonly height: number
  readonly time: number
  readonly service: string
  readonly key?: string
  readonly contentType: string
  readonly issuer: string
  /** base64url of the payload. */
  readonly payload: string
}
export type EntryPage = {
  readonly entries: ListedEntry[]
  readonly next?: string
  /** First index that the list has not seen yet. */
  readonly position: number
}

/** Filters of `list`; times in seconds since 1970, `to` exclusive. */
export type ListQuery = {
  readonly service?: string
  readonly key?: string
  readonly from?: number
  readonly to?: number
  readonly cursor?: string
  readonly limit?: number
  readonly order?: 'oldest' | 'newest'
}

export type CheckpointAnswer = {
  readonly height: number
  readonly time: number
  readonly size: number
  readonly logRoot: string
  readonly stateRoot: string
  /** base64url COSE_Sign1, one for each validator that signed. */
  readonly checkpoints: string[]
}

export type StateAnswer = {
  readonly key: string
  /** base64url; null where the key is absent. */
  readonly value: string | null
  /** base64url of the proof, for `decodeStateProof`. */
  readonly proof: string
  readonly checkpoint: CheckpointAnswer
}

export type ClientOptions = TransportOptions

/**
 * Talks to gateways about one ledger. A request that fails on its way, or is answered 429, 502, 503
 * or 504, is sent again unchanged, where there are several gateways through the next: the same
 * statement has one effect, however often it arrives.
 */
export interface Client extends Directory, AllianceDirectory {
  /**
   * Registers statements, in order; one outcome each. A refused one does not touch the others.
   * @throws GATEWAY_UNREACHABLE (retryable; `details.fate` is `not_sent` or `unknown`), or the
   * gateway's own code
   */
  submit(
    statements: readonly Uint8Array[],
    options?: { readonly receipts?: boolean; readonly signal?: AbortSignal },
  ): Promise<Outcome[]>
  entry(index: number): Promise<Entry>
  /** The COSE receipt. @throws RECEIPT_PENDING, ENTRY_NOT_FOUND */
  receipt(index: number): Promise<Uint8Array>
  list(query: ListQuery): Promise<EntryPage>
  checkpoint(height?: number): Promise<CheckpointAnswer>
  /** Hashes from `before` to `size`, for `isConsistent`. */
  consistency(before: number, size: number): Promise<Uint8Array[]>
  state(key: string): Promise<StateAnswer>
  /** The ledger's key bundle, for `verifyKeyBundle`. */
  keyBundle(): Promise<Uint8Array>
  /** JSON records of a service, which the city node signs in the credential's name. */
  records(service: string): Records
  webhooks(service: string): Webhooks
  /**
   * The events of a service, for ever: a connection that breaks is opened again where it was, maybe
   * to another gateway, so that nothing is missing and nothing comes twice. Ends by `signal` or
   * `break`. @throws what is refused for good, such as a revoked credential
   */
  events(service: string, query?: EventsQuery): AsyncGenerator<ServiceEvent, void, undefined>
}

/** @throws nothing; the first request does */
export function createClient(options: ClientOptions): Client {
  const { send, open } = createTransport(options)
  const ask = createAskJson(send)
  const json = async <T>(path: string) => parseJson<T>(await send(path))
  const bytes = (path: string, accept: string) => send(path, { headers: { accept } })
  return {
    submit: (statements, how = {}) => submit(send, statements, how),
    entry: async (index) => {
      const { statement, ...rest } = await json<Omit<Entry, 'statement'> & { statement: string }>(
        `/entries/${index}`,
      )
      return { ...rest, statement: bytesOf(statement) }
    },
    receipt: (index) => bytes(`/entries/${index}/receipt`, 'application/cose'),
    list: (query) => json(`/entries${queryText(query)}`),
    checkpoint: (height) =>
      json(height === undefined ? '/checkpoint' : `/checkpoint?height=${height}`),
    consistency: async (before, size) => {
      const { path } = await json<{ path: string[] }>(
        `/proofs/consistency?from=${before}&to=${size}`,
      )
      return path.map(bytesOf)
    },
    state: (key) => json(`/state?key=${encodeURIComponent(key)}`),
    keyBundle: () => bytes('/keys', 'application/cbor'),
    ...createDirectory(ask),
    ...createAllianceDirectory(ask),
    records: (service) => createRecords(ask, service),
    webhooks: (service) => createWebhooks(ask, service),
    events: (service, query = {}) => readEvents(open, service, query, options.retryDelayMs ?? 200),
  }
}

async function submit(
  send: Send,
  statements: readonly Uint8Array[],
  how: { readonly receipts?: boolean; readonly signal?: AbortSignal },
): Promise<Outcome[]> {
  const body = await send(how.receipts ? '/entries?include=receipt' : '/entries', {
    method: 'POST',
    headers: { 'content-type': 'application/cbor-seq' },
    body: encodeBatch(statements),
    ...(how.signal ? { signal: how.signal } : {}),
  })
  const { outcomes } = parseJson<{ outcomes: Outcome[] }>(body)
  if (outcomes?.length === statements.length) return outcomes
  throw answerError('with another number of outcomes than there were statements')
}
