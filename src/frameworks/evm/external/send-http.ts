import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'

/** Where an upstream is, and how its name is looked up. */
export type HttpTarget = {
  readonly url: URL
  /** Gives only addresses that may be connected to. */
  readonly lookup: LookupFunction
  readonly headers: Readonly<Record<string, string>>
}

export type HttpRequest = {
  readonly method: 'GET' | 'POST'
  /** With its query, as the first line of a request has it. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | undefined
}

export type HttpAnswer = {
  readonly status: number
  readonly contentType: string | undefined
  readonly body: Buffer
}

export type SendOptions = {
  readonly timeoutMs: number
  readonly answerBytesMax: number
  readonly signal: AbortSignal
  /** Any other one is a failure; where absent, each is an answer. */
  readonly status?: number
}

/** Why there is no answer: for the log, and for whoever chooses another upstream. */
export class HttpFault extends RangeError {
  /** `large` is a matter of what was asked; `late` may be one. */
  readonly kind: 'late' | 'large' | 'bad'

  constructor(why: string, kind: HttpFault['kind'] = 'bad') {
    super(why)
    this.kind = kind
  }
}

/** Sends to an upstream, and nowhere else: redirects are not followed. */
export interface HttpSender {
  /** The answer as it came. Rejects with an HttpFault where it is none. */
  send(request: HttpRequest, options: SendOptions): Promise<HttpAnswer>
  close(): void
}

const socketsMax = 64

/** Connections are kept and used again. */
export function createHttpSender({ url, lookup, headers }: HttpTarget): HttpSender {
  const kept = { keepAlive: true, maxSockets: socketsMax, lookup }
  const isSecure = url.protocol === 'https:'
  const agent = isSecure ? new HttpsAgent(kept) : new HttpAgent(kept)
  const send = isSecure ? httpsRequest : httpRequest
  return {
    send: ({ body, ...asked }, options) => {
      const length = body ? { 'content-length': body.length } : {}
      const all = { ...asked.headers, ...headers, ...length }
      return answerOf(send(url, { ...asked, agent, lookup, headers: all }), body, options)
    },
    close: () => agent.destroy(),
  }
}

function answerOf(
  request: ClientRequest,
  body: Uint8Array | undefined,
  options: SendOptions,
): Promise<HttpAnswer> {
  const { timeoutMs, answerBytesMax, signal } = options
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>()
  const fail = (why: string, kind?: HttpFault['kind']) => {
    reject(new HttpFault(why, kind))
    request.destroy()
  }
  const late = setTimeout(() => fail(`no answer in ${timeoutMs} ms`, 'late'), timeoutMs)
  const aborted = () => fail('not wanted any more')
  signal.addEventListener('abort', aborted, { once: true })
  request.on('error', (error) => fail(error.message))
  request.on('response', (response) => {
    const { statusCode: status = 0, headers } = response
    const isOther = options.status !== undefined && status !== options.status
    if (isOther || status < 200 || status > 599) return fail(`status ${status}`)
    // Nobody asked for it, and whoever gets the bytes could not tell.
    if ((headers['content-encoding'] ?? 'identity') !== 'identity')
      return fail('the answer is packed')
    const parts: Buffer[] = []
    let bytes = 0
    response.on('data', (part: Buffer) => {
      parts.push(part)
      bytes += part.length
      if (bytes > answerBytesMax) fail('the answer is too large', 'large')
    })
    response.on('error', (error) => fail(error.message))
    response.on('close', () => fail('the answer ends too early'))
    response.on('end', () => {
      resolve({ status, contentType: headers['content-type'], body: Buffer.concat(parts) })
    })
  })
  if (signal.aborted) aborted()
  else request.end(body)
  return promise.finally(() => {
    clearTimeout(late)
    signal.removeEventListener('abort', aborted)
  })
}
