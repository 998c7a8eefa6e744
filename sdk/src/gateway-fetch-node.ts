import { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Agent, type AgentOptions, request } from 'node:https'
import { Readable } from 'node:stream'
import tls from 'node:tls'
import { answerError } from './json-send.ts'
import { isUntrusted } from './no-answer.ts'
import { type GatewayTrust, provenRoots } from './proven-roots.ts'

/** A gateway that is not trusted is asked for the alliance's roots at most once in so long. */
const learnedForMs = 60_000
/** A key bundle of many changes has some hundred kilobytes. */
const answerBytesMax = 16 * 1024 * 1024
const answerTimeoutMs = 10_000

/**
 * As `fetch`, for gateways of one ledger: beside what this machine trusts, certificates that the
 * alliance issued itself are good. By which roots, the gateway is asked without trusting it, and
 * without a secret: the ledger's state proves them. Redirects are not followed for these.
 */
export function createGatewayFetch(trust: GatewayTrust): typeof fetch {
  let agent: Agent | undefined
  let learning: Promise<void> | undefined
  let learnedAtMs = Number.NEGATIVE_INFINITY

  async function learn(url: string): Promise<void> {
    const base = `${gatewayOf(url)}/api/v1/ledgers`
    const ask = (ledger: string, path: string) =>
      askUntrusted(`${base}/${encodeURIComponent(ledger)}${path}`)
    const roots = await provenRoots(ask, trust)
    learnedAtMs = performance.now()
    if (roots.length > 0) agent = agentOf(roots)
  }

  const send: typeof fetch = (input, init) =>
    agent ? sendThrough(agent, String(input), init) : fetch(input, init)

  return async (input, init) => {
    const url = String(input)
    if (!url.startsWith('https:')) return fetch(input, init)
    try {
      return await send(input, init)
    } catch (error) {
      if (!isUntrusted(error) || performance.now() - learnedAtMs < learnedForMs) throw error
      learning ??= learn(url).finally(() => {
        learning = undefined
      })
      // What the gateway cannot prove leaves things as they are: it is not trusted.
      await learning.catch(() => undefined)
      if (!agent) throw error
      return send(input, init)
    }
  }
}

/** Paths of a gateway begin with /api/v1, or are one word, such as /readyz. */
const gatewayOf = (url: string) => url.replace(/\/(api\/v1\/.*|[a-z]+(\?.*)?)$/, '')

function agentOf(roots: readonly Uint8Array[]): Agent {
  // Node 20 knows but the roots that it brings along.
  const isNew = typeof tls.getCACertificates === 'function'
  const usual = isNew ? tls.getCACertificates('default') : tls.rootCertificates
  const own = roots.map((der) => new X509Certificate(der).toString())
  // Made once: reading all usual roots takes some milliseconds.
  const secureContext = tls.createSecureContext({ ca: [...usual, ...own] })
  return new Agent({ keepAlive: true, secureContext } as AgentOptions)
}

async function askUntrusted(url: string): Promise<Uint8Array> {
  const agent = new Agent({ rejectUnauthorized: false })
  const init = { signal: AbortSignal.timeout(answerTimeoutMs) }
  const answer = await sendThrough(agent, url, init)
  if (!answer.ok || !answer.body) throw answerError(`${answer.status} to ${url}`)
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of answer.body) {
    bytes += part.length
    if (bytes > answerBytesMax) throw answerError('with more than was asked for')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function sendThrough(agent: Agent, url: string, init: RequestInit = {}): Promise<Response> {
  const { method = 'GET', body, signal } = init
  const headers = Object.fromEntries(new Headers(init.headers))
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent, ...(signal ? { signal } : {}) })
    sent.on('error', reject)
    sent.on('response', (answer) => {
      const isRedirect = answer.headers.location !== undefined && init.redirect === 'error'
      if (isRedirect) sent.destroy(new TypeError('the gateway redirects'))
      else resolve(responseOf(answer))
    })
    sent.end(body)
  })
}

/** Statuses that have no body; a `Response` refuses even an empty one. */
const bodiless = [204, 205, 304]

function responseOf(answer: IncomingMessage): Response {
  const { statusCode: status = 502, rawHeaders } = answer
  const headers = new Headers()
  for (let i = 0; i < rawHeaders.length; i += 2) {
    headers.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '')
  }
  if (bodiless.includes(status)) {
    answer.resume()
    return new Response(null, { status, headers })
  }
  return new Response(Readable.toWeb(answer) as ReadableStream<Uint8Array>, { status, headers })
}
