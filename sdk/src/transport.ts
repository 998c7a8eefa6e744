import { toBase64url } from './base64url.ts'
import { utf8 } from './bytes.ts'
import { CodedError } from './errors.ts'
import { createGatewayPool, type GatewayAddress, type PooledGateway } from './gateway-pool.ts'
import { signRequest } from './http-signature.ts'
import { noAnswer } from './no-answer.ts'
import type { Signer } from './signer.ts'

/** Who asks. An API key is sent only to gateways of operators that the credential names. */
export type ApiKey = { readonly key: string; readonly operators: readonly string[] }

export type TransportOptions = {
  /** Base address of the one gateway, such as http://127.0.0.1:8420; or give `gateways`. */
  readonly gateway?: string
  /** Tried in order; one that fails is left alone for a while. */
  readonly gateways?: readonly (string | GatewayAddress)[]
  readonly ledger: string
  readonly apiKey?: ApiKey
  /** Signs requests (RFC 9421) where there is no API key: nothing secret is sent. */
  readonly signer?: Signer
  /** Now, in seconds since 1970, for such signatures. */
  readonly nowSeconds?: () => number
  /** Tries of one request, the first included. */
  readonly attemptsMax?: number
  /** Wait before a gateway that failed is tried again; it doubles with every further wait. */
  readonly retryDelayMs?: number
  /** How long a gateway that failed is passed over while there are others. */
  readonly restMs?: number
  readonly timeoutMs?: number
  readonly fetch?: typeof fetch
}

export type Request = Pick<RequestInit, 'method' | 'signal'> & {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
  /** True where the gateway asks who it is. */
  readonly isPrivate?: boolean
  /** False where the same again would be another one: once it may have arrived, it is not sent. */
  readonly isRepeatable?: boolean
  /** True where the answer is a stream: it may take as long as it likes. */
  readonly isEndless?: boolean
}

/** How requests go out, over however many gateways. */
export type Transport = {
  /**
   * Sends one request, unchanged, until a gateway answers it: what carries a `cti` or an
   * Idempotency-Key has one effect, through whichever gateways it goes.
   */
  send(path: string, request?: Request): Promise<Uint8Array>
  /** One try through the gateway that works best, for an answer that has no end. */
  open(path: string, signal: AbortSignal | undefined): Promise<Response>
}
export type Send = Transport['send']

/** @throws nothing; the first request does */
export function createTransport(options: TransportOptions): Transport {
  const { retryDelayMs = 200, restMs = 5_000, apiKey } = options
  const given = options.gateways ?? (options.gateway === undefined ? [] : [options.gateway])
  const addresses = given.map((one) => (typeof one === 'string' ? { url: one } : one))
  const pool = createGatewayPool(addresses, { restMs, nowMs: () => performance.now() })
  // Every gateway has its turn, however many there are.
  const attemptsMax = options.attemptsMax ?? Math.max(5, addresses.length + 1)
  const base = `/api/v1/ledgers/${encodeURIComponent(options.ledger)}`

  function pick({ isPrivate }: Request) {
    const isNamed = ({ operator }: GatewayAddress) =>
      operator !== undefined && apiKey?.operators.includes(operator) === true
    const picked = pool.pick(isPrivate && apiKey ? isNamed : () => true)
    if (picked) return picked
    throw noGateway(addresses.length)
  }

  /** What a gateway answers, or why it gives no answer that is any good. */
  async function ask<T>(
    gateway: PooledGateway,
    path: string,
    request: Request,
    read: (response: Response) => Promise<T>,
  ): Promise<T | CodedError> {
    try {
      const answer = await once(gateway, { path: base + path, request }, options, read)
      pool.succeeded(gateway)
      return answer
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      if (error.code === 'GATEWAY_UNREACHABLE' || isOut(error)) pool.failed(gateway)
      else pool.succeeded(gateway)
      return error
    }
  }

  const route = { pick, ask: (...asked: Asked) => ask(...asked, readBody) }
  const tries = { attemptsMax, retryDelayMs }
  async function open(path: string, signal: AbortSignal | undefined): Promise<Response> {
    const headers = { accept: 'text/event-stream' }
    const request = { isPrivate: true, isEndless: true, headers, signal: signal ?? null }
    const answer = await ask(pick(request).gateway, path, request, async (one) => one)
    if (answer instanceof CodedError) throw answer
    return answer
  }
  return { send: (path, request = {}) => sendOn(route, tries, path, request), open }
}

type Asked = [gateway: PooledGateway, path: string, request: Request]

/** The gateways as one request sees them. */
type Route = {
  pick(request: Request): { readonly gateway: PooledGateway; readonly isResting: boolean }
  ask(...asked: Asked): Promise<Uint8Array | CodedError>
}

// An answer that breaks off is no answer, so the body is part of the try.
const readBody = async (response: Response) => new Uint8Array(await response.arrayBuffer())

async function sendOn(
  { pick, ask }: Route,
  { attemptsMax, retryDelayMs }: { readonly attemptsMax: number; readonly retryDelayMs: number },
  path: string,
  request: Request,
): Promise<Uint8Array> {
  let unknown: CodedError | undefined
  let waits = 0
  const pause = () => sleep(retryDelayMs * 2 ** waits++)
  for (let attempt = 1; ; attempt++) {
    const { gateway, isResting } = pick(request)
    if (isResting && attempt > 1) await pause()
    const answer = await ask(gateway, path, request)
    if (!(answer instanceof CodedError)) return answer
    const mayRepeat = request.isRepeatable !== false || !isFateUnknown(answer)
    if (!answer.retryable || !mayRepeat || attempt >= attemptsMax) throw settled(answer, unknown)
    if (isFateUnknown(answer)) unknown = answer
    if (answer.details.status === 429) await pause()
  }
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

function noGateway(known: number): CodedError {
  const message =
    known === 0
      ? 'No gateway was given.'
      : 'The API key is for none of these gateways: their operators are not those that it names.'
  return new CodedError('GATEWAY_NOT_ALLOWED', message)
}

/** Statuses of a gateway, or of what stands before it, that does not serve now. */
const isOut = ({ details }: CodedError) => [502, 503, 504].includes(Number(details.status))

/** True where a request may have had its effect although nothing good was heard of it. */
function isFateUnknown({ details, code }: CodedError): boolean {
  return details.fate === 'unknown' || code === 'CALL_FATE_UNKNOWN'
}

/**
 * What is told after the last try. A later gateway that is closed, or that does not know the
 * sender, says nothing about what an earlier one did.
 */
function settled(error: CodedError, unknown: CodedError | undefined): CodedError {
  const saysNothing = error.retryable || [401, 403, 404].includes(Number(error.details.status))
  if (!unknown || !saysNothing || isFateUnknown(error)) return error
  return new CodedError(unknown.code, unknown.message, {
    retryable: true,
    details: { ...unknown.details, fate: 'unknown' },
    cause: error,
  })
}

async function once<T>(
  gateway: PooledGateway,
  { path, request }: { readonly path: string; readonly request: Request },
  options: TransportOptions,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const { body, headers, isPrivate, isEndless, isRepeatable: _, ...init } = request
  const { timeoutMs = 30_000, fetch: doFetch = fetch } = options
  const signals = [
    ...(init.signal ? [init.signal] : []),
    ...(isEndless ? [] : [AbortSignal.timeout(timeoutMs)]),
  ]
  const signal = AbortSignal.any(signals)
  const url = gateway.url + path
  const identity = isPrivate ? await identityOf(url, request, options) : {}
  try {
    const response = await doFetch(url, {
      ...init,
      signal,
      // Whoever a redirect leads to was not asked for: no key and no record goes there.
      redirect: 'error',
      ...(headers || isPrivate ? { headers: { ...headers, ...identity } } : {}),
      ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> | string }),
    })
    if (!response.ok) throw await problemOf(response)
    return await read(response)
  } catch (cause) {
    init.signal?.throwIfAborted()
    if (cause instanceof CodedError) throw cause
    throw noAnswer(gateway.url, cause)
  }
}

/** Headers that say who asks. A signature is for one gateway and one try: it is taken once. */
async function identityOf(
  url: string,
  { method = 'GET', headers = {}, body }: Request,
  { apiKey, signer, nowSeconds = systemSeconds }: TransportOptions,
): Promise<Readonly<Record<string, string>>> {
  if (apiKey) return { authorization: `Bearer ${apiKey.key}` }
  if (!signer) return {}
  const bytes = typeof body === 'string' ? utf8(body) : body
  const nonce = toBase64url(crypto.getRandomValues(new Uint8Array(16)))
  const request = { method, url, headers, ...(bytes ? { body: bytes } : {}) }
  return signRequest(request, signer, { created: nowSeconds(), nonce })
}

const systemSeconds = () => Math.floor((performance.timeOrigin + performance.now()) / 1000)

type Problem = { code?: unknown; detail?: unknown; title?: unknown }

/** The gateway's problem details (RFC 9457) as an error with the same code. */
async function problemOf(response: Response): Promise<CodedError> {
  const body: Problem = await response.json().catch(() => ({}))
  const code = typeof body.code === 'string' ? body.code : 'GATEWAY_ANSWER_INVALID'
  const detail = typeof body.detail === 'string' ? body.detail : `HTTP ${response.status}`
  const { status } = response
  const wait = Number(response.headers.get('retry-after') ?? 0)
  const isSoon = !(wait > waitSecondsMax)
  const retryable = (status === 429 && isSoon) || [502, 503, 504].includes(status)
  const fate = [502, 504].includes(status) ? { fate: 'unknown' } : {}
  const retryAfter = wait > 0 ? { retryAfter: wait } : {}
  return new CodedError(code, detail, { retryable, details: { status, ...fate, ...retryAfter } })
}

/** A limit that ends later, as that of a day does, is for the caller to wait out. */
const waitSecondsMax = 10
