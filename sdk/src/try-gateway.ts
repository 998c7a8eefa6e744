import { toBase64url } from './base64url.ts'
import { utf8 } from './bytes.ts'
import { CodedError } from './errors.ts'
import { signRequest } from './http-signature.ts'
import { type LastBlock, lastBlockIn } from './last-block.ts'
import { noAnswer } from './no-answer.ts'
import type { Signer } from './signer.ts'

/** Who asks, and how a single try is made. */
export type TryOptions = {
  readonly ledger: string
  readonly apiKey?: { readonly key: string }
  /** Signs requests (RFC 9421) where there is no API key: nothing secret is sent. */
  readonly signer?: Signer
  /** Now, in seconds since 1970, for such signatures. */
  readonly nowSeconds?: () => number
  readonly timeoutMs: number
  readonly fetch?: typeof fetch
  readonly onBlock?: (gateway: string, block: LastBlock) => void
}

/** The gateway that an answer is of: it is asked for the keys that its receipts need. */
export type AnsweringGateway = {
  readonly url: string
  ask(path: string): Promise<Uint8Array>
}

/** Holds an answer against the keys. @throws GATEWAY_LIES where something in it is not so */
export type AnswerCheck = (body: Uint8Array, from: AnsweringGateway) => Promise<void>

export type Request = Pick<RequestInit, 'method' | 'signal'> & {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
  /** True where the gateway asks who it is. */
  readonly isPrivate?: boolean
  /**
   * False where the same again would be another one: once it may have arrived, it is not sent.
   * `there`: it would be for another gateway, and the one that may have had it is asked again.
   */
  readonly isRepeatable?: boolean | 'there'
  /** True where the answer is a stream: once it has begun it may take as long as it likes. */
  readonly isEndless?: boolean
  /** Part of the try: an answer that is found false is no answer. */
  readonly check?: AnswerCheck
}

/**
 * One request to one gateway, whose base address is `gateway`.
 * @throws GATEWAY_UNREACHABLE, GATEWAY_LIES where the answer is of another ledger, or its own code
 */
export async function tryGateway<T>(
  gateway: string,
  { path, request }: { readonly path: string; readonly request: Request },
  options: TryOptions,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const { body, headers, isPrivate, isEndless, isRepeatable: _, check: __, ...init } = request
  const { timeoutMs, fetch: doFetch = fetch } = options
  const late = new AbortController()
  const timer = setTimeout(
    () => late.abort(new DOMException('too late', 'TimeoutError')),
    timeoutMs,
  )
  const signal = init.signal ? AbortSignal.any([init.signal, late.signal]) : late.signal
  const url = `${gateway}/api/v1/ledgers/${encodeURIComponent(options.ledger)}${path}`
  try {
    const identity = isPrivate ? await identityOf(url, request, options) : {}
    const response = await doFetch(url, {
      ...init,
      signal,
      // Whoever a redirect leads to was not asked for: no key and no record goes there.
      redirect: 'error',
      ...(headers || isPrivate ? { headers: { ...headers, ...identity } } : {}),
      ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> | string }),
    })
    requireLedger(gateway, response, options.ledger)
    const block = lastBlockIn(response.headers.get('x-bsn-block'))
    if (block) options.onBlock?.(gateway, block)
    if (!response.ok) throw await problemOf(response)
    if (isEndless) clearTimeout(timer)
    return await read(response)
  } catch (cause) {
    init.signal?.throwIfAborted()
    if (cause instanceof CodedError) throw cause
    throw noAnswer(gateway, cause)
  } finally {
    clearTimeout(timer)
  }
}

/**
 * What a gateway answers about itself, beside all ledgers. One try.
 * @throws GATEWAY_UNREACHABLE (retryable), or its own code
 */
export async function askGateway(
  path: string,
  options: { gateway: string; fetch?: typeof fetch; timeoutMs?: number },
): Promise<Uint8Array> {
  const { gateway, fetch: doFetch = fetch, timeoutMs = 30_000 } = options
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const response = await doFetch(`${gateway}${path}`, { signal, redirect: 'error' })
    if (!response.ok) throw await problemOf(response)
    return new Uint8Array(await response.arrayBuffer())
  } catch (cause) {
    if (cause instanceof CodedError) throw cause
    throw noAnswer(gateway, cause)
  }
}

/** Gateways say in every answer which ledger it is of; where a browser hides that, nobody asks. */
function requireLedger(gateway: string, { headers }: Response, ledger: string): void {
  const named = headers.get('x-bsn-ledger')
  if (named === null || named === ledger) return
  const message = `${gateway} answered for ledger ${named}, and not for ${ledger}.`
  throw new CodedError('GATEWAY_LIES', message, { retryable: true, details: { gateway } })
}

/** Headers that say who asks. A signature is for one gateway and one try: it is taken once. */
async function identityOf(
  url: string,
  { method = 'GET', headers = {}, body }: Request,
  { apiKey, signer, nowSeconds = systemSeconds }: TryOptions,
): Promise<Readonly<Record<string, string>>> {
  if (apiKey) return { authorization: `Bearer ${apiKey.key}` }
  if (!signer) return {}
  const bytes = typeof body === 'string' ? utf8(body) : body
  const nonce = toBase64url(crypto.getRandomValues(new Uint8Array(16)))
  const request = { method, url, headers, ...(bytes ? { body: bytes } : {}) }
  return signRequest(request, signer, { created: nowSeconds(), nonce })
}

const systemSeconds = () => Math.floor((performance.timeOrigin + performance.now()) / 1000)

type Problem = { code?: unknown; detail?: unknown; gateways?: unknown; instance?: unknown }

/** The gateway's problem details (RFC 9457) as an error with the same code. */
export async function problemOf(response: Response): Promise<CodedError> {
  const body: Problem = await response.json().catch(() => ({}))
  const code = typeof body.code === 'string' ? body.code : 'GATEWAY_ANSWER_INVALID'
  const detail = typeof body.detail === 'string' ? body.detail : `HTTP ${response.status}`
  const { status } = response
  const wait = Number(response.headers.get('retry-after') ?? 0)
  const isSoon = !(wait > waitSecondsMax)
  const retryable = (status === 429 && isSoon) || [502, 503, 504].includes(status)
  const fate = [502, 504].includes(status) ? { fate: 'unknown' } : {}
  const retryAfter = wait > 0 ? { retryAfter: wait } : {}
  // For whoever runs the gateway: it finds the request in its log.
  const requestId = typeof body.instance === 'string' ? { requestId: body.instance } : {}
  const details = { status, ...requestId, ...fate, ...retryAfter, ...othersIn(body) }
  return new CodedError(code, detail, { retryable, details })
}

/** Gateways that the answer names in place of this one, with spaces between. */
function othersIn({ gateways }: Problem) {
  return Array.isArray(gateways) ? { gateways: gateways.map(String).join(' ') } : {}
}

/** A limit that ends later, as that of a day does, is for the caller to wait out. */
const waitSecondsMax = 10
