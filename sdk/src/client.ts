import { fromBase64url } from './base64url.ts'
import { fromUtf8 } from './bytes.ts'
import { CodedError } from './errors.ts'
import { type OpenStream, readEvents } from './events.ts'
import type { EventsQuery, ServiceEvent } from './service-event.ts'
import { encodeBatch } from './statement.ts'

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
export type EntryPage = { readonly entries: ListedEntry[]; readonly next?: string }

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

/** Headers of one request; a signature is made for each anew. */
export type HeadersFor = (request: {
  readonly method: string
  readonly url: string
}) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>

export type ClientOptions = {
  /** Base address of a gateway, such as http://127.0.0.1:8420. */
  readonly gateway: string
  readonly ledger: string
  /** Tries of one request, the first included. */
  readonly attemptsMax?: number
  /** Wait before the second try; it doubles with every further one. */
  readonly retryDelayMs?: number
  readonly timeoutMs?: number
  /** Sent with every request, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>> | HeadersFor
  readonly fetch?: typeof fetch
}

/**
 * Talks to one gateway about one ledger. A request that fails on its way, or is answered 429 or
 * 503, is sent again unchanged: the same statement has one effect, however often it arrives.
 */
export interface Client {
  /**
   * Registers statements, in order; one outcome each. A refused one does not touch the others.
   * @throws GATEWAY_UNREACHABLE (retryable; fate unknown), or the gateway's own code
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
  /**
   * The events of a service as they come, for ever: reconnects by itself, leaves nothing out and
   * gives nothing twice.
   * @throws the gateway's own code where it refuses for good
   */
  events(service: string, query?: EventsQuery): AsyncGenerator<ServiceEvent, void, undefined>
  /** The ledger's key bundle, for `verifyKeyBundle`. */
  keyBundle(): Promise<Uint8Array>
}

type Send = (path: string, init?: RequestInit) => Promise<Uint8Array>

/** @throws nothing; the first request does */
export function createClient(options: ClientOptions): Client {
  const send = createSend(options)
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
    list: (query) => json(`/entries?${queryString(query)}`),
    checkpoint: (height) =>
      json(height === undefined ? '/checkpoint' : `/checkpoint?height=${height}`),
    consistency: async (before, size) => {
      const { path } = await json<{ path: string[] }>(
        `/proofs/consistency?from=${before}&to=${size}`,
      )
      return path.map(bytesOf)
    },
    state: (key) => json(`/state?key=${encodeURIComponent(key)}`),
    events: (service, query = {}) =>
      readEvents(createOpen(options), service, query, options.retryDelayMs ?? 200),
    keyBundle: () => bytes('/keys', 'application/cbor'),
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
    body: encodeBatch(statements) as Uint8Array<ArrayBuffer>,
    ...(how.signal ? { signal: how.signal } : {}),
  })
  const { outcomes } = parseJson<{ outcomes: Outcome[] }>(body)
  if (outcomes?.length === statements.length) return outcomes
  throw answerError('with another number of outcomes than there were statements')
}

function parseJson<T>(body: Uint8Array): T {
  try {
    return JSON.parse(fromUtf8(body) ?? '') as T
  } catch (cause) {
    throw answerError('with broken JSON', cause)
  }
}

function queryString(query: ListQuery): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined)
  return new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString()
}

function bytesOf(text: unknown): Uint8Array {
  const bytes = typeof text === 'string' ? fromBase64url(text) : undefined
  if (bytes) return bytes
  throw answerError('with broken base64url')
}

function answerError(how: string, cause?: unknown): CodedError {
  return new CodedError('GATEWAY_ANSWER_INVALID', `The gateway answered ${how}.`, { cause })
}

function baseOf({ gateway, ledger }: ClientOptions): string {
  return `${gateway.replace(/\/+$/, '')}/api/v1/ledgers/${encodeURIComponent(ledger)}`
}

async function headersOf({ headers }: ClientOptions, url: string, { method = 'GET' }: RequestInit) {
  return typeof headers === 'function' ? headers({ method, url }) : headers
}

/** Opens a stream: it has no end and so no time limit. */
function createOpen(options: ClientOptions): OpenStream {
  const doFetch = options.fetch ?? fetch
  return async (path, signal) => {
    const url = baseOf(options) + path
    const own = await headersOf(options, url, {})
    const headers = { accept: 'text/event-stream', ...own }
    try {
      const response = await doFetch(url, { headers, ...(signal ? { signal } : {}) })
      if (!response.ok) throw await problemOf(response)
      return response
    } catch (cause) {
      if (cause instanceof CodedError) throw cause
      throw unreachable(options, cause)
    }
  }
}

function unreachable({ gateway }: ClientOptions, cause: unknown): CodedError {
  const message = `No answer from ${gateway}: is the network up? (bsn up)`
  return new CodedError('GATEWAY_UNREACHABLE', message, { retryable: true, cause })
}

function createSend(options: ClientOptions): Send {
  const { attemptsMax = 5, retryDelayMs = 200, timeoutMs = 30_000 } = options
  const base = baseOf(options)
  const doFetch = options.fetch ?? fetch

  // An answer that breaks off is no answer, so the body is part of the try.
  async function once(path: string, init: RequestInit): Promise<Uint8Array> {
    const timeout = AbortSignal.timeout(timeoutMs)
    const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout
    try {
      const own = await headersOf(options, base + path, init)
      const headers = own ? { headers: { ...init.headers, ...own } } : {}
      const response = await doFetch(base + path, { ...init, ...headers, signal })
      if (!response.ok) throw await problemOf(response)
      return new Uint8Array(await response.arrayBuffer())
    } catch (cause) {
      init.signal?.throwIfAborted()
      if (cause instanceof CodedError) throw cause
      throw unreachable(options, cause)
    }
  }

  return async (path, init = {}) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await once(path, init)
      } catch (error) {
        const isRetryable = error instanceof CodedError && error.retryable
        if (!isRetryable || attempt >= attemptsMax) throw error
        await new Promise((resolve) => setTimeout(resolve, retryDelayMs * 2 ** (attempt - 1)))
      }
    }
  }
}

type Problem = { code?: unknown; detail?: unknown; title?: unknown }

/** The gateway's problem details (RFC 9457) as an error with the same code. */
async function problemOf(response: Response): Promise<CodedError> {
  const body: Problem = await response.json().catch(() => ({}))
  const code = typeof body.code === 'string' ? body.code : 'GATEWAY_ANSWER_INVALID'
  const detail = typeof body.detail === 'string' ? body.detail : `HTTP ${response.status}`
  const retryable = response.status === 429 || response.status === 503
  return new CodedError(code, detail, { retryable, details: { status: response.status } })
}
