import type { Coordinates } from './distance.ts'
import { CodedError } from './errors.ts'
import {
  createGatewayPool,
  type GatewayAddress,
  type GatewayPool,
  type MayUse,
  type PooledGateway,
} from './gateway-pool.ts'
import { createGatewayProbes } from './gateway-probes.ts'
import { isGatewayUrl } from './gateway-url.ts'
import type { LastBlock } from './last-block.ts'
import { lacksLedger, sendOn } from './send-on.ts'
import type { Signer } from './signer.ts'
import { type Request, tryGateway } from './try-gateway.ts'

/** Who asks. An API key is sent only to gateways of operators that the credential names. */
export type ApiKey = { readonly key: string; readonly operators: readonly string[] }

export type TransportOptions = {
  /** Base address of the one gateway, such as http://127.0.0.1:8420; or give `gateways`. */
  readonly gateway?: string
  /** One that fails is left alone for a while, and the next is asked. */
  readonly gateways?: readonly (string | GatewayAddress)[]
  /**
   * Which of several is asked: the nearest by measured time (`near` is for those not measured
   * yet), which GET /readyz of each finds out, or the first as they were given. `nearest` where
   * not said.
   */
  readonly prefer?: 'nearest' | 'first'
  /** Where this client is, in millionths of a degree. */
  readonly near?: Coordinates
  readonly ledger: string
  readonly apiKey?: ApiKey
  /** Signs requests (RFC 9421) where there is no API key: nothing secret is sent. */
  readonly signer?: Signer
  /** Now, in seconds since 1970, for such signatures. */
  readonly nowSeconds?: () => number
  /** Tries of one request, the first included: 5, or 10 more than there are gateways. */
  readonly attemptsMax?: number
  /**
   * Wait before a gateway that failed is tried again; it doubles with every further wait, up to ten
   * times as long.
   */
  readonly retryDelayMs?: number
  /** How long a gateway that failed is passed over while there are others. */
  readonly restMs?: number
  /** A gateway that works is measured again after so long. */
  readonly probeMs?: number
  /** Of one try: 30 s where there is one gateway, 10 s where there are others. */
  readonly timeoutMs?: number
  readonly fetch?: typeof fetch
  /** Told when a gateway is left for another one, and why. */
  readonly onLeave?: (gateway: string, error: CodedError) => void
  /** Told with every answer, good or not, how far the gateway is that gave it: how old it is. */
  readonly onBlock?: (gateway: string, block: LastBlock) => void
}

/** How requests go out, over however many gateways. */
export type Transport = {
  /**
   * Sends one request, unchanged, until a gateway answers it: what carries a `cti` or an
   * Idempotency-Key has one effect, through whichever gateways it goes.
   */
  send(path: string, request?: Request): Promise<Uint8Array>
  /** Opens an answer that has no end, through the gateway that works best. */
  open(path: string, signal: AbortSignal | undefined): Promise<Response>
}
export type Send = Transport['send']

/** Finds out about more gateways, with requests of its own. */
export type Learn = (send: Send) => Promise<readonly GatewayAddress[]>

/** @throws nothing; the first request does */
export function createTransport(options: TransportOptions, learn?: Learn): Transport {
  const { restMs = 5_000, probeMs = 60_000, prefer = 'nearest', near, apiKey } = options
  const given = options.gateways ?? (options.gateway === undefined ? [] : [options.gateway])
  const addresses = given.map((one) => (typeof one === 'string' ? { url: one } : one))
  const nowMs = () => performance.now()
  const place = near ? { near } : {}
  const pool = createGatewayPool(addresses, { restMs, probeMs, prefer, nowMs, ...place })
  const probes = createGatewayProbes(pool, { fetch: options.fetch ?? fetch, nowMs })

  const mayUse = ({ isPrivate }: Request): MayUse => {
    if (!isPrivate || !apiKey) return () => true
    return ({ operator }) => operator !== undefined && apiKey.operators.includes(operator)
  }
  const { send, open } = createRoutes(options, { pool, mayUse })
  const learned = createLearning(learn && (() => learn(send)), { pool, nowMs })

  async function ready(request: Request): Promise<void> {
    await learned(pool.gateways.some(mayUse(request)))
    if (prefer === 'nearest') await probes.ready()
  }
  return {
    send: async (path, request = {}) => {
      await ready(request)
      return send(path, request)
    },
    open: async (path, signal) => {
      await ready({ isPrivate: true })
      return open(path, signal)
    },
  }
}

type Routing = {
  readonly pool: GatewayPool
  readonly mayUse: (request: Request) => MayUse
}

/** Requests over the gateways that are known now. */
function createRoutes(options: TransportOptions, { pool, mayUse }: Routing): Transport {
  const { retryDelayMs = 200 } = options
  const timeoutMs = () => options.timeoutMs ?? (pool.gateways.length > 1 ? 10_000 : 30_000)
  // Every gateway has its turn, and then all of them some time: a network that lost a node needs
  // seconds to go on, and says so at once.
  const attemptsMax = () =>
    options.attemptsMax ?? (pool.gateways.length > 1 ? pool.gateways.length + waitsMax : 5)

  /** What a gateway answers, or why it gives no answer that is any good. */
  async function ask<T>(
    gateway: PooledGateway,
    { path, request }: { readonly path: string; readonly request: Request },
    read: (response: Response) => Promise<T>,
  ): Promise<T | CodedError> {
    const of = { ...options, timeoutMs: timeoutMs() }
    const askSame = (more: string) =>
      tryGateway(gateway.url, { path: more, request: {} }, of, readBody)
    try {
      const answer = await tryGateway(gateway.url, { path, request }, of, read)
      if (answer instanceof Uint8Array) {
        await request.check?.(answer, { url: gateway.url, ask: askSame })
      }
      pool.succeeded(gateway)
      return answer
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      judge(gateway, error)
      return error
    }
  }

  function judge(gateway: PooledGateway, error: CodedError): void {
    const isLie = error.code === 'GATEWAY_LIES'
    // One without the ledger is as good as one that is down, while there are others.
    const isDown = error.code === 'GATEWAY_UNREACHABLE' || isOut(error) || lacksLedger(error)
    if (pool.gateways.length < knownMax) pool.add(namedIn(error))
    if (isLie) gateway.lied = true
    else if (isDown) pool.failed(gateway)
    else pool.succeeded(gateway)
    if (isLie || isDown) options.onLeave?.(gateway.url, error)
  }

  const routeOf = <T>(
    asked: { readonly path: string; readonly request: Request },
    read: (response: Response) => Promise<T>,
  ) => ({
    pick: (left: ReadonlySet<PooledGateway>) => {
      const may = mayUse(asked.request)
      const isFree = (one: GatewayAddress) => !left.has(one as PooledGateway)
      return pool.pick((one) => may(one) && isFree(one))
    },
    ask: (gateway: PooledGateway) => ask(gateway, asked, read),
    none: () => noGateway(pool.gateways.length),
  })
  const tries = () => ({ attemptsMax: attemptsMax(), retryDelayMs })
  return {
    send: (path, request = {}) => sendOn(routeOf({ path, request }, readBody), tries(), request),
    open: (path, signal) => {
      const headers = { accept: 'text/event-stream' }
      const request: Request = { isPrivate: true, isEndless: true, headers, signal: signal ?? null }
      // Whoever reads a stream opens it again itself, for as long as it likes.
      const once = { attemptsMax: 1, retryDelayMs }
      return sendOn(
        routeOf({ path, request }, async (one) => one),
        once,
        request,
      )
    },
  }
}

/** 15 s by the default of `retryDelayMs`. */
const waitsMax = 10

// An answer that breaks off is no answer, so the body is part of the try.
const readBody = async (response: Response) => new Uint8Array(await response.arrayBuffer())

/**
 * Gateways that one without the ledger names. Nobody says who runs them, so they get no API key.
 */
function namedIn({ details: { gateways } }: CodedError): GatewayAddress[] {
  if (typeof gateways !== 'string') return []
  const urls = gateways.split(' ').filter(isGatewayUrl)
  return urls.slice(0, namedMax).map((url) => ({ url }))
}

/** Of one answer, and in all: a gateway may name what it likes. */
const [namedMax, knownMax] = [8, 64]

/** Statuses of a gateway, or of what stands before it, that does not serve now. */
const isOut = ({ details }: CodedError) => [502, 503, 504].includes(Number(details.status))

function noGateway(known: number): CodedError {
  const message =
    known === 0
      ? 'No gateway was given.'
      : 'The API key is for none of these gateways: their operators are not those that it names.'
  return new CodedError('GATEWAY_NOT_ALLOWED', message)
}

/** Nodes come and go in days. */
const learnedForMs = 10 * 60_000

/** Looks for more gateways from time to time; waited for only where there is none to ask. */
function createLearning(
  learn: (() => Promise<readonly GatewayAddress[]>) | undefined,
  { pool, nowMs }: { readonly pool: GatewayPool; readonly nowMs: () => number },
) {
  let dueMs = 0
  let underWay: Promise<void> | undefined
  return async (hasGateway: boolean): Promise<void> => {
    if (!learn) return
    if (!underWay && nowMs() >= dueMs) {
      underWay = learn()
        .then(
          (found) => {
            pool.add(found)
            dueMs = nowMs() + learnedForMs
          },
          (error: unknown) => {
            dueMs = nowMs() + learnedForMs / 60
            throw error
          },
        )
        .finally(() => {
          underWay = undefined
        })
      underWay.catch(() => undefined)
    }
    if (!hasGateway) await underWay
  }
}
