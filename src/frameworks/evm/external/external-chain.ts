import type { ChainNotice } from '../../chain-notice.ts'
import type { Chain, ChainCall, ChainStream, Dialect, DialectName, StreamEvents } from '../chain.ts'
import { evmError } from '../errors.ts'
import {
  askInOrder,
  commonHeight,
  dissenters,
  type Rated,
  tooFarAhead,
} from './choose-upstreams.ts'
import { hedge } from './hedge.ts'
import { HttpFault } from './send-http.ts'
import type { Upstream } from './upstream.ts'

export type ExternalOptions = {
  readonly service: string
  readonly chainId: number
  /** Blocks after which nobody takes one back. */
  readonly finalDepth: number
  /** How often upstreams are looked at while the chain is asked. */
  readonly lookMs: number
}

export type ExternalDeps = {
  readonly upstreams: readonly Upstream[]
  readonly nowMs: () => number
  readonly onNotice: (notice: ChainNotice) => void
  /** Where subscriptions go; none are offered where absent. */
  readonly openStream?: (events: StreamEvents, signal: AbortSignal) => Promise<ChainStream>
  readonly dialects: Readonly<Record<DialectName, ExternalDialect | undefined>>
}

export type ExternalDialect = Dialect & { close(): void }

/** Not asked for so long, upstreams are not looked at either. */
const unusedMs = 60_000
/** At least so long an upstream has before another one is asked as well. */
const hedgeMsMin = 100

/** A chain of others, by one or several addresses that its operator gave. */
export class ExternalChain implements Chain {
  readonly kind = 'external'
  readonly chainId: number
  readonly lossSecondsMax = 0
  readonly #options: ExternalOptions
  readonly #deps: ExternalDeps
  readonly #closed = new AbortController()
  readonly #told = new Map<Upstream, string>()
  #epoch = 0
  #usedMs = 0
  #lookedMs = Number.NEGATIVE_INFINITY
  #looking: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #final: { readonly height: number; readonly hash: string } | undefined

  constructor(options: ExternalOptions, deps: ExternalDeps) {
    this.#options = options
    this.#deps = deps
    this.chainId = options.chainId
  }

  get epoch(): number {
    return this.#epoch
  }

  /** It is in use, was looked at, and no address of it is there. */
  get isFailing(): boolean {
    const isUsed = this.#deps.nowMs() - this.#usedMs <= unusedMs
    return isUsed && this.#lookedMs >= 0 && this.#rated().length === 0
  }

  get finalHeight(): number {
    return this.#final?.height ?? -1
  }

  async send({ body, changes, signal }: ChainCall): Promise<Buffer> {
    const list = await this.#order()
    const afterMs = this.#hedgeMs(list)
    try {
      // A signed transaction has one effect however many are given it: so the next one is asked
      // too, but not beside the one before.
      const options = { afterMs: changes ? 2 ** 30 : afterMs, signal }
      return await hedge(list, options, (one, own) => one.ask(body, own))
    } catch (cause) {
      this.#tell()
      throw faultOf(cause, changes)
    }
  }

  async openStream(events: StreamEvents, signal: AbortSignal): Promise<ChainStream> {
    const { openStream } = this.#deps
    if (openStream) return openStream(events, signal)
    throw evmError('CHAIN_UNAVAILABLE', 'No address for subscriptions was given for this chain.')
  }

  dialect(name: DialectName): Dialect | undefined {
    return this.#deps.dialects[name]
  }

  close(): void {
    const { upstreams, dialects } = this.#deps
    this.#closed.abort()
    clearTimeout(this.#timer)
    for (const one of [...upstreams, ...Object.values(dialects)]) one?.close()
  }

  /** Whom to ask. @throws CHAIN_UNAVAILABLE where nobody is there */
  async #order(): Promise<Upstream[]> {
    this.#usedMs = this.#deps.nowMs()
    const isStale = this.#usedMs - this.#lookedMs > unusedMs
    if (isStale || this.#rated().length === 0) await this.#look()
    this.#lookLater()
    const list = askInOrder(this.#rated())
    if (list.length > 0) return list
    const message = 'No address of this chain is there, or right, at the moment.'
    throw evmError('CHAIN_UNAVAILABLE', message, { retryable: true })
  }

  #rated(): Rated<Upstream>[] {
    return this.#deps.upstreams.flatMap((upstream) => {
      const { health } = upstream
      return health ? [{ upstream, health }] : []
    })
  }

  #hedgeMs([first]: readonly Upstream[]): number {
    return Math.max(hedgeMsMin, 3 * (first?.health?.latencyMs ?? 0))
  }

  #lookLater(): void {
    if (this.#timer || this.#closed.signal.aborted) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#deps.nowMs() - this.#usedMs > unusedMs) return
      void this.#look().then(() => this.#lookLater())
    }, this.#options.lookMs).unref()
  }

  #look(): Promise<void> {
    this.#looking ??= this.#lookAtAll().finally(() => {
      this.#looking = undefined
      this.#lookedMs = this.#deps.nowMs()
      this.#tell()
    })
    return this.#looking
  }

  /** Never rejects: what is wrong with an upstream is kept with it. */
  async #lookAtAll(): Promise<void> {
    const { signal } = this.#closed
    const due = this.#deps.upstreams.filter((one) => !one.isResting)
    await Promise.allSettled(due.map((one) => one.check(signal)))
    for (const one of tooFarAhead(this.#rated())) one.fail('it claims blocks far ahead of others')
    await this.#compare().catch(() => undefined)
  }

  /** Whether all have the same past, and the one that they had. */
  async #compare(): Promise<void> {
    const { signal } = this.#closed
    const rated = this.#rated()
    const height = Math.max(0, commonHeight(rated) - this.#options.finalDepth)
    const said = await Promise.all(
      rated.map(async ({ upstream }) => {
        const hash = await upstream.hashAt(height, signal).catch(() => undefined)
        return hash === undefined ? [] : [{ upstream, hash }]
      }),
    )
    for (const one of dissenters(said.flat())) one.fail(`it has another block ${height}`)
    const [right] = said.flat().filter(({ upstream }) => upstream.health)
    if (!right) return
    const before = this.#final
    const again = before && (await right.upstream.hashAt(before.height, signal))
    if (before && again !== undefined && again !== before.hash) {
      this.#epoch++
      this.#notice('warn', `the chain took back block ${before.height}, which was taken for final`)
    }
    this.#final = { height, hash: right.hash }
  }

  /** Each change of an upstream once. */
  #tell(): void {
    for (const one of this.#deps.upstreams) {
      const why = one.health ? '' : one.why
      if ((this.#told.get(one) ?? '') === why) continue
      this.#told.set(one, why)
      if (why === '') this.#notice('info', `${one.name} is asked again`)
      else this.#notice('warn', `${one.name} is not asked: ${why}`)
    }
  }

  #notice(level: ChainNotice['level'], text: string): void {
    this.#deps.onNotice({ level, service: this.#options.service, text })
  }
}

/** Why no address gave an answer, in the words of a chain. */
export function faultOf(cause: unknown, changes: boolean) {
  const message = 'No address of this chain gave an answer.'
  if (changes) return evmError('CHAIN_FATE_UNKNOWN', message, { cause })
  const kind = cause instanceof HttpFault ? cause.kind : 'bad'
  if (kind === 'late') return evmError('CHAIN_TIMEOUT', message, { cause })
  if (kind === 'bad') return evmError('CHAIN_UNAVAILABLE', message, { retryable: true, cause })
  return evmError('CHAIN_ANSWER_TOO_LARGE', 'The answer is larger than may be.', { cause })
}
