import type { ChainNotice } from '../../chain-notice.ts'
import type { DialectAnswer, DialectRequest } from '../chain.ts'
import { evmError } from '../errors.ts'
import { type ExternalDialect, faultOf } from './external-chain.ts'
import { hedge } from './hedge.ts'
import { createHttpSender, HttpFault, type HttpTarget, type SendOptions } from './send-http.ts'
import { Standing } from './standing.ts'

export type ExternalDialectOptions = Omit<SendOptions, 'signal'> & {
  readonly service: string
  /** In the order in which they are asked. */
  readonly targets: readonly HttpTarget[]
}

export type ExternalDialectDeps = {
  readonly nowMs: () => number
  readonly onNotice: (notice: ChainNotice) => void
}

/** A question that is out for so long is put to the next address as well. */
const hedgeMs = 1000
/** One that was out for so long has had its time: timers and the clock differ a little. */
const slowMs = hedgeMs - 100
/** By these an address says that it cannot answer now: another one may. */
const awayStatuses: ReadonlySet<number> = new Set([502, 503, 504])

/** A dialect of a chain of others, by one or several addresses that the operator gave. */
export function createExternalDialect(
  { targets, ...options }: ExternalDialectOptions,
  deps: ExternalDialectDeps,
): ExternalDialect {
  const addresses = targets.map((target) => new Address(target, options, deps))
  return {
    ask: async (request) => {
      const list = addresses
        .filter((one) => !one.standing.isResting)
        .toSorted((a, b) => Number(a.standing.isFailing) - Number(b.standing.isFailing))
      if (list.length > 0) return askList(list, request)
      const message = 'No address of this dialect is there at the moment.'
      throw evmError('CHAIN_UNAVAILABLE', message, { retryable: true })
    },
    close: () => {
      for (const one of addresses) one.close()
    },
  }
}

async function askList(list: readonly Address[], request: DialectRequest): Promise<DialectAnswer> {
  const isWrite = request.method === 'POST'
  // What a second POST of the same would do, only the chain knows.
  const asked = (isWrite ? list.slice(0, 1) : list).map((one, place) => ({ one, place }))
  const options = { afterMs: hedgeMs, signal: request.signal }
  let away: DialectAnswer | undefined
  let winner = -1
  try {
    return await hedge(asked, options, async ({ one, place }, own) => {
      const answer = await one.ask(request, { own, isOvertaken: () => place < winner })
      if (!isWrite && awayStatuses.has(answer.status)) {
        away = answer
        throw new HttpFault(`status ${answer.status}`)
      }
      if (winner < 0) winner = place
      return answer
    })
  } catch (cause) {
    if (away) return away
    throw faultOf(cause, isWrite)
  }
}

type Turn = {
  /** Aborted also where another one has answered. */
  readonly own: AbortSignal
  /** That one was asked later. */
  readonly isOvertaken: () => boolean
}

class Address {
  readonly standing: Standing
  readonly #options: Omit<ExternalDialectOptions, 'targets'>
  readonly #deps: ExternalDialectDeps
  readonly #url: URL
  readonly #sender: ReturnType<typeof createHttpSender>

  constructor(
    target: HttpTarget,
    options: Omit<ExternalDialectOptions, 'targets'>,
    deps: ExternalDialectDeps,
  ) {
    this.#options = options
    this.#deps = deps
    this.#url = target.url
    this.#sender = createHttpSender(target)
    this.standing = new Standing(deps.nowMs)
  }

  async ask({ path, signal, ...request }: DialectRequest, { own, isOvertaken }: Turn) {
    const startMs = this.#deps.nowMs()
    const isFailing = this.standing.isFailing
    try {
      const asked = { ...request, path: this.#pathOf(path) }
      const answer = await this.#sender.send(asked, { ...this.#options, signal: own })
      this.standing.answered()
      this.standing.restore()
      if (isFailing) this.#notice('info', 'is asked again')
      return answer
    } catch (error) {
      // Whoever has to be waited for is not asked first again; who was asked last, and is called
      // off because the one before answers after all, has done nothing wrong.
      const isSlow = own.aborted && isOvertaken() && this.#deps.nowMs() - startMs >= slowMs
      const why = isSlow ? new HttpFault('another one was faster') : error
      if (!signal.aborted && (isSlow || !own.aborted)) this.standing.failBy(why, startMs)
      if (!isFailing && this.standing.isFailing) {
        this.#notice('warn', `is not asked: ${this.standing.why}`)
      }
      throw error
    }
  }

  close(): void {
    this.#sender.close()
  }

  #pathOf(path: string): string {
    const all = this.#url.pathname.replace(/\/$/, '') + path
    return all.startsWith('/') ? all : `/${all}`
  }

  #notice(level: ChainNotice['level'], text: string): void {
    const { service } = this.#options
    this.#deps.onNotice({ level, service, text: `${this.#url.host} ${text}` })
  }
}
