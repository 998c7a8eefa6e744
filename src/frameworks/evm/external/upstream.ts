import type { Poster } from './post-json.ts'
import type { SendOptions } from './send-http.ts'
import { Standing } from './standing.ts'

export type UpstreamOptions = {
  /** As operators know it: its address without what may be secret in it. */
  readonly name: string
  readonly chainId: number
  readonly timeoutMs: number
  readonly answerBytesMax: number
}

/** What an upstream said of itself last. */
export type UpstreamHealth = {
  readonly height: number
  /** How long answers take, in milliseconds: newer ones count more. */
  readonly latencyMs: number
}

/** Of a new time against those before it. */
const weight = 0.2
/** Larger answers are passed on by their first and last bytes alone: reading them takes time. */
const readBytesMax = 64 * 1024

/** One address of a chain. One that fails is left alone at once, and tried again later. */
export class Upstream {
  readonly name: string
  readonly #options: UpstreamOptions
  readonly #poster: Poster
  readonly #nowMs: () => number
  readonly #standing: Standing
  #height = -1
  #latencyMs = 0
  #isChecked = false

  constructor(options: UpstreamOptions, poster: Poster, nowMs: () => number) {
    this.name = options.name
    this.#options = options
    this.#poster = poster
    this.#nowMs = nowMs
    this.#standing = new Standing(nowMs)
  }

  /** Undefined while it is not to be asked. */
  get health(): UpstreamHealth | undefined {
    if (!this.#isChecked || this.#standing.isFailing) return undefined
    return { height: this.#height, latencyMs: this.#latencyMs }
  }

  /** Why it is not asked. */
  get why(): string {
    return this.#standing.why || 'it was not asked yet'
  }

  get isResting(): boolean {
    return this.#standing.isResting
  }

  /** The answer to a request, byte for byte, where it is one. Rejects where it is none. */
  async ask(body: Uint8Array, signal: AbortSignal): Promise<Buffer> {
    const startMs = this.#nowMs()
    try {
      const answer = await this.#poster.post(body, this.#sendOptions(signal))
      requireAnswer(body, answer)
      this.#standing.answered()
      const tookMs = this.#nowMs() - startMs
      this.#latencyMs += (tookMs - this.#latencyMs) * (this.#latencyMs === 0 ? 1 : weight)
      return answer
    } catch (error) {
      // Who asked went away, or another one was faster: that is no fault of this one.
      if (!signal.aborted) this.#standing.failBy(error, startMs)
      throw error
    }
  }

  /** Asks which chain it is, where that is not known, and how far it is. */
  async check(signal: AbortSignal): Promise<void> {
    const asked = await this.#result('eth_chainId', [], signal)
    if (Number(asked) !== this.#options.chainId) {
      return this.fail(`it is chain ${Number(asked)}, not ${this.#options.chainId}`)
    }
    const height = Number(await this.#result('eth_blockNumber', [], signal))
    if (!Number.isSafeInteger(height) || height < 0) return this.fail('it has no height')
    this.#height = height
    this.#isChecked = true
    this.#standing.restore()
  }

  /** The hash of a block; undefined where it has none. */
  async hashAt(height: number, signal: AbortSignal): Promise<string | undefined> {
    const block = await this.#result(
      'eth_getBlockByNumber',
      [`0x${height.toString(16)}`, false],
      signal,
    )
    const { hash } = (block ?? {}) as { hash?: unknown }
    return typeof hash === 'string' ? hash : undefined
  }

  /** It is left alone for a while, for this reason. */
  fail(why: string): void {
    this.#standing.fail(why)
  }

  close(): void {
    this.#poster.close()
  }

  async #result(method: string, params: unknown[], signal: AbortSignal): Promise<unknown> {
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
    const answer = JSON.parse((await this.ask(body, signal)).toString()) as { result?: unknown }
    return answer.result
  }

  #sendOptions(signal: AbortSignal): SendOptions {
    const { timeoutMs, answerBytesMax } = this.#options
    return { timeoutMs, answerBytesMax, signal }
  }
}

type RpcError = { readonly code?: unknown }
const overLimit = -32005

/** That bytes may be the answer to a request. What else they say, nobody here can know. */
function requireAnswer(body: Uint8Array, answer: Buffer): void {
  const isBatch = body[0] === 0x5b
  const text = answer.length <= readBytesMax ? answer.toString().trim() : undefined
  if (text === undefined) {
    const ends = [answer[0], answer.at(-1)]
    const isWhole = isBatch ? ends.join() === '91,93' : ends.join() === '123,125'
    if (isWhole) return
    throw new RangeError('the answer is no JSON-RPC')
  }
  const said = parsed(text)
  if (isBatch && Array.isArray(said)) return
  const { id, result, error } = said as { id?: unknown; result?: unknown; error?: RpcError }
  if (error?.code === overLimit) throw new RangeError('it has a limit, and this is over it')
  if (result === undefined && error === undefined) throw new RangeError('the answer has no result')
  if (isBatch) return
  const { id: asked = null } = parsed(Buffer.from(body).toString()) as { id?: unknown }
  if (id === asked || (error !== undefined && id === null)) return
  throw new RangeError('the answer is to another request')
}

function parsed(text: string): object {
  try {
    const value = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Told below.
  }
  throw new RangeError('the answer is no JSON-RPC')
}
