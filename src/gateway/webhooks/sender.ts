import { lookup as systemLookup } from 'node:dns'
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, type RequestOptions, request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { AddressPolicy } from './address-policy.ts'
import { judgedLookup, refusedCode } from './judged-lookup.ts'
import { hostOf, portOf } from './webhook-url.ts'

export type SenderOptions = {
  readonly webhookConnectMs: number
  readonly webhookTimeoutMs: number
}

export type SenderDeps = {
  readonly policy: AddressPolicy
  /** Of names; the system's where absent. */
  readonly lookup?: LookupFunction
}

export type Posted = {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** What an answer has to have in it to count: its status alone where absent. */
  readonly expects?: string
}

/**
 * What became of one request. `reason` is one of our own words: what a receiver answers is read and
 * thrown away, so that nobody learns by it what stands inside.
 */
export type PostResult = {
  readonly status?: number
  readonly reason?: PostFailure
  /** Seconds after which the receiver wants to be asked again. */
  readonly retryAfter?: number
}

export type PostFailure =
  | 'address_refused'
  | 'name_unknown'
  | 'connect_failed'
  | 'tls_failed'
  | 'timeout'
  | 'broken_off'
  | 'redirect'
  | 'status'
  /** It has not the text in it that was expected. */
  | 'not_acknowledged'
  /** The ledger has it no more; nothing was sent. */
  | 'event_gone'

/** Makes requests to receivers that nobody here chose, so to nothing inside. */
export interface Sender {
  /** Sends one request; never throws. A 2xx has no reason. */
  post(posted: Posted, signal: AbortSignal): Promise<PostResult>
  close(): void
}

/** Of an answer so much is read before the connection is given up. */
const answerBytesMax = 16 * 1024
/** Idle connections that are kept. */
const freeSocketsMax = 256

/** A sender; the address that is connected to is the one that was judged. */
export function createSender(options: SenderOptions, { policy, lookup }: SenderDeps): Sender {
  const keep = { keepAlive: true, maxFreeSockets: freeSocketsMax, timeout: 60_000 }
  const agents = { http: new HttpAgent(keep), https: new HttpsAgent(keep) }
  const resolve = lookup ?? (systemLookup as LookupFunction)

  async function post(posted: Posted, signal: AbortSignal): Promise<PostResult> {
    const { url, headers, body, expects } = posted
    const isSecure = url.protocol === 'https:'
    const host = hostOf(url)
    // An address is connected to without a lookup.
    if (isIP(host) !== 0 && !policy.mayConnect(host, { isSecure })) {
      return { reason: 'address_refused' }
    }
    const given: RequestOptions = {
      method: 'POST',
      host,
      port: portOf(url),
      path: url.pathname + url.search,
      headers: { ...headers, host: url.host, 'content-length': Buffer.byteLength(body) },
      agent: isSecure ? agents.https : agents.http,
      lookup: judgedLookup(resolve, (address) => policy.mayConnect(address, { isSecure })),
      ...(isSecure && isIP(host) === 0 ? { servername: host } : {}),
    }
    const attempt = () => once(given, { body, isSecure, signal, expects, ...options })
    const first = await attempt()
    // A kept connection may have been closed just when it was used: nothing was wrong with it.
    return first.isStale ? (await attempt()).result : first.result
  }

  return {
    post,
    close() {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

type Once = SenderOptions & {
  readonly body: string
  readonly expects: string | undefined
  readonly isSecure: boolean
  readonly signal: AbortSignal
}

function once(
  given: RequestOptions,
  { body, isSecure, signal, expects, webhookConnectMs, webhookTimeoutMs }: Once,
): Promise<{ readonly result: PostResult; readonly isStale: boolean }> {
  return new Promise((resolve) => {
    const request = isSecure ? requestHttps(given) : requestHttp(given)
    const whole = setTimeout(() => end({ reason: 'timeout' }), webhookTimeoutMs)
    const connect = setTimeout(() => end({ reason: 'timeout' }), webhookConnectMs)
    const onAbort = () => end({ reason: 'broken_off' })
    function end(result: PostResult, isStale = false): void {
      clearTimeout(whole)
      clearTimeout(connect)
      signal.removeEventListener('abort', onAbort)
      resolve({ result, isStale })
      if (!request.destroyed && !request.closed && result.status === undefined) request.destroy()
    }
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    request.on('socket', (socket) => {
      if (request.reusedSocket) clearTimeout(connect)
      else socket.once(isSecure ? 'secureConnect' : 'connect', () => clearTimeout(connect))
    })
    request.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = request.reusedSocket && /^(ECONNRESET|EPIPE)$/.test(error.code ?? '')
      end({ reason: failureOf(error) }, isStale)
    })
    request.on('response', (response) => readAnswer(request, response, { expects, end }))
    request.end(body)
  })
}

type Read = Pick<Once, 'expects'> & { readonly end: (result: PostResult) => void }

/** The answer counts when it is whole, or longer than anybody reads. */
function readAnswer(
  request: { destroy(): unknown },
  response: IncomingMessage,
  { expects, end }: Read,
): void {
  const status = response.statusCode ?? 0
  const after = Number(response.headers['retry-after'])
  const result: PostResult = {
    status,
    ...(status >= 200 && status < 300
      ? {}
      : { reason: isRedirect(status) ? 'redirect' : 'status' }),
    ...(Number.isSafeInteger(after) && after > 0 ? { retryAfter: after } : {}),
  }
  const parts: Buffer[] = []
  let bytes = 0
  const judge = () => {
    const isMissing = expects !== undefined && !Buffer.concat(parts).includes(expects)
    end(
      result.reason === undefined && isMissing ? { ...result, reason: 'not_acknowledged' } : result,
    )
  }
  response.on('data', (part: Buffer) => {
    bytes += part.length
    if (expects !== undefined) parts.push(part)
    if (bytes <= answerBytesMax) return
    judge()
    request.destroy()
  })
  response.on('end', judge)
  response.on('error', () => end({ reason: 'broken_off' }))
}

const isRedirect = (status: number) => status >= 300 && status < 400

function failureOf({ code = '' }: NodeJS.ErrnoException): PostFailure {
  if (code === refusedCode) return 'address_refused'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'name_unknown'
  if (code === 'ECONNRESET' || code === 'EPIPE' || code.startsWith('HPE_')) return 'broken_off'
  if (/^(CERT|ERR_TLS|ERR_SSL|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|EPROTO)/.test(code)) {
    return 'tls_failed'
  }
  return 'connect_failed'
}
