import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'

/** Where an upstream is, and how its name is looked up. */
export type PostTarget = {
  readonly url: URL
  /** Gives only addresses that may be connected to. */
  readonly lookup: LookupFunction
  readonly headers: Readonly<Record<string, string>>
}

export type PostOptions = {
  readonly timeoutMs: number
  readonly answerBytesMax: number
  readonly signal: AbortSignal
}

/** Why there is no answer: for the log, and for whoever chooses another upstream. */
export class PostFault extends RangeError {
  /** `large` is a matter of what was asked; `late` may be one. */
  readonly kind: 'late' | 'large' | 'bad'

  constructor(why: string, kind: PostFault['kind'] = 'bad') {
    super(why)
    this.kind = kind
  }
}

/** Sends JSON to an upstream, and nowhere else: redirects are not followed. */
export interface Poster {
  /** The body of a good answer (200) as bytes. Rejects with a PostFault otherwise. */
  post(body: Uint8Array, options: PostOptions): Promise<Buffer>
  close(): void
}

const socketsMax = 64

/** Connections are kept and used again. */
export function createPoster({ url, lookup, headers }: PostTarget): Poster {
  const kept = { keepAlive: true, maxSockets: socketsMax, lookup }
  const isSecure = url.protocol === 'https:'
  const agent = isSecure ? new HttpsAgent(kept) : new HttpAgent(kept)
  const send = isSecure ? httpsRequest : httpRequest
  return {
    post: (body, options) => {
      const length = { 'content-type': 'application/json', 'content-length': body.length }
      const sent = { method: 'POST', agent, lookup, headers: { ...headers, ...length } }
      const request = send(url, sent)
      return answerOf(request, body, options)
    },
    close: () => agent.destroy(),
  }
}

function answerOf(request: ClientRequest, body: Uint8Array, options: PostOptions): Promise<Buffer> {
  const { timeoutMs, answerBytesMax, signal } = options
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const fail = (why: string, kind?: PostFault['kind']) => {
    reject(new PostFault(why, kind))
    request.destroy()
  }
  const late = setTimeout(() => fail(`no answer in ${timeoutMs} ms`, 'late'), timeoutMs)
  const aborted = () => fail('not wanted any more')
  signal.addEventListener('abort', aborted, { once: true })
  request.on('error', (error) => fail(error.message))
  request.on('response', (response) => {
    if (response.statusCode !== 200) return fail(`status ${response.statusCode}`)
    const parts: Buffer[] = []
    let bytes = 0
    response.on('data', (part: Buffer) => {
      parts.push(part)
      bytes += part.length
      if (bytes > answerBytesMax) fail('the answer is too large', 'large')
    })
    response.on('error', (error) => fail(error.message))
    response.on('close', () => fail('the answer ends too early'))
    response.on('end', () => resolve(Buffer.concat(parts)))
  })
  if (signal.aborted) aborted()
  else request.end(body)
  return promise.finally(() => {
    clearTimeout(late)
    signal.removeEventListener('abort', aborted)
  })
}
