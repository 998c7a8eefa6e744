import type { DatabaseSync } from 'node:sqlite'
import type { LoggedRequest } from '@openbsn/sdk'
import type { Clock } from '../../kernel/clock.ts'
import { namedCredential } from '../access/credential.ts'
import { objectsOf } from '../access/state-objects.ts'
import type { Logger } from '../logger.ts'
import { createWriteBehind } from '../write-behind.ts'
import { createLastUsed } from './last-used.ts'
import { maskPath, maskText } from './log-text.ts'
import {
  type Asker,
  type LogFilter,
  type LogPlace,
  perSecondMax,
  secondOf,
} from './logged-request.ts'
import { createRequestLogStore, type RequestLogStore } from './request-log-store.ts'
import type { Seen } from './request-trail.ts'

/** How many are kept of those that come in one second. */
export type LogRates = {
  readonly good: number
  readonly refused: number
  readonly all: number
  /** Of each service, however loud the others are. */
  readonly each: number
}

export type RequestLogDeps = {
  readonly database: DatabaseSync
  readonly clock: Clock
  readonly logger: Pick<Logger, 'error'>
}

/** A request as it was dealt with: nothing is masked yet. */
export type Noted = {
  readonly id: string
  readonly method: string
  readonly url: string
  /** Which part of the path, between slashes, is a key. */
  readonly keyAt?: number | undefined
  readonly code?: string | undefined
  readonly ms: number
  readonly contentType?: string | undefined
  readonly answerType?: string | undefined
  readonly location?: string | undefined
  readonly body?: Seen | undefined
  readonly answer?: Seen | undefined
  /** Nothing of them is kept; of an answer that is a problem all the same. */
  readonly hidesBody?: boolean
  readonly hidesAnswer?: boolean
}

/** Part of a log, and how far it was looked through. */
export type LogPage = {
  readonly requests: readonly LoggedRequest[]
  /** Where the next page goes on; absent where there is none. */
  readonly end?: number
  /** Number to follow from: everything up to it was looked at. */
  readonly newest: number
}

export type LogQuery = {
  readonly limit: number
  /** Below this number, the newest first. */
  readonly before?: number | undefined
  /** Above this number instead, the oldest first. */
  readonly after?: number | undefined
}

/**
 * What credentials ask for at every door of this gateway: the newest 10,000 requests of each
 * service, for seven days. Whoever asks waits for none of it. What came within the last second is
 * lost with the process.
 */
export interface RequestLog {
  /** `tell` is asked for those alone that there is room for. */
  note(asker: Asker, status: number, tell: () => Noted): void
  /** For what is not logged: the credential was used all the same. */
  used(asker: Asker): void
  list(place: LogPlace, filter: LogFilter, query: LogQuery): LogPage
  /** Of credentials, by their ids: as `LastUsed.of`. */
  lastUsed(place: LogPlace): ReadonlyMap<string, number>
  close(): void
}

const kept = 10_000
const keptSeconds = 7 * 86_400
/** More than are kept may stand there for so many. */
const pruneEvery = 500
/**
 * Of one service in one second, and of all: rows of whoever writes thousands a second took half of
 * what the one thread has that serves requests (2,000 of them: 5,000 records a second became
 * 2,800), and nobody reads them.
 */
export const logRates: LogRates = { good: 50, refused: 50, all: 100, each: 2 }
/** So many are looked at for one page, whatever the filters leave of them. */
const lookedAtMax = 2000
const forgetEveryMs = 3_600_000
/** A thousand rows at once are some milliseconds in which no request is looked at. */
const writeDelayMs = 200

/** What is known of a service: where its numbers are, and what came in this second. */
type Own = {
  last: number
  second: number
  good: number
  refused: number
  /** Since the last one that is kept. */
  skipped: number
  written: number
}
type Waiting = {
  readonly asker: Asker
  readonly status: number
  readonly request: Noted
  readonly place: LogPlace
  readonly own: Own
  /** Among those of all services. */
  readonly at: number
  readonly number: number
  readonly skipped: number
}

export function createRequestLog(
  { database, clock, logger }: RequestLogDeps,
  rates: LogRates = logRates,
): RequestLog {
  const onError = (err: unknown) => logger.error({ event: 'store.failed', err }, 'not logged')
  const later = createWriteBehind({ delayMs: writeDelayMs, isLossy: true }, { database, onError })
  const store = createRequestLogStore(database)
  const lastUsed = createLastUsed({ database, clock, later })
  const services = new Map<string, Own>()
  const all = { at: store.lastAt(), second: 0, count: 0 }
  let batches = 0
  let open: Waiting[] | undefined
  const oldest = () => clock.nowSeconds() - keptSeconds
  const forget = () => later.set('log forget', () => store.forgetBefore(oldest()))
  const timer = setInterval(forget, forgetEveryMs).unref()
  store.forgetBefore(oldest())

  function ownOf(place: LogPlace): Own {
    const key = `${place.ledger} ${place.service}`
    const known = services.get(key)
    if (known) return known
    const own = { second: 0, good: 0, refused: 0, skipped: 0, written: 0 }
    const made = { ...own, last: store.lastNumber(place) }
    services.set(key, made)
    return made
  }

  /** Counts one more in this second; false where there is no more room in it. */
  function hasRoom(own: Own, isRefused: boolean, second: number): boolean {
    if (own.second !== second) Object.assign(own, { second, good: 0, refused: 0 })
    if (all.second !== second) Object.assign(all, { second, count: 0 })
    const isOver = isRefused ? own.refused++ >= rates.refused : own.good++ >= rates.good
    return !isOver && (all.count++ < rates.all || own.good + own.refused <= rates.each)
  }

  function batch(): Waiting[] {
    if (open) return open
    const made: Waiting[] = []
    open = made
    later.set(`log ${batches++}`, () => {
      if (open === made) open = undefined
      for (const one of made) write(one, store)
    })
    return made
  }

  return {
    used: (asker) => lastUsed.note(asker),
    lastUsed: (place) => lastUsed.of(place),
    note(asker, status, tell) {
      lastUsed.note(asker)
      // While the disk takes nothing, nothing is gathered for it.
      if (!later.isWorking) return
      const place = { ledger: asker.served.ledger.id, service: asker.caller.service }
      const own = ownOf(place)
      const second = clock.nowSeconds()
      if (!hasRoom(own, status >= 400, second)) {
        own.skipped++
        return
      }
      own.last = Math.max(own.last + 1, second * perSecondMax)
      all.at = Math.max(all.at + 1, second * perSecondMax)
      const { last: number, skipped } = own
      own.skipped = 0
      const request = tell()
      batch().push({ asker, status, request, place, own, at: all.at, number, skipped })
    },
    list(place, filter, query) {
      later.flush()
      const from = Math.max(filter.from ?? 0, oldest())
      return listPage(store, { place, filter: { ...filter, from }, last: ownOf(place).last }, query)
    },
    close() {
      clearInterval(timer)
      later.close()
    },
  }
}

type Listed = { readonly place: LogPlace; readonly filter: LogFilter; readonly last: number }

function listPage(
  store: RequestLogStore,
  { place, filter, last }: Listed,
  { limit, before = Number.MAX_SAFE_INTEGER, after }: LogQuery,
): LogPage {
  const isUp = after !== undefined
  // The first one that is not looked at any more: it begins the next page.
  const edge = store.edge(place, { number: after ?? before, isUp }, lookedAtMax)
  const range = isUp
    ? { after, before: edge ?? Number.MAX_SAFE_INTEGER }
    : { after: edge ?? -1, before }
  const found = store.list(place, filter, { ...range, limit: limit + 1, isOldestFirst: isUp })
  const requests = found.slice(0, limit)
  const behind = edge === undefined ? undefined : isUp ? edge - 1 : edge + 1
  const end = found.length > limit ? requests.at(-1)?.number : behind
  const newest = isUp ? (end ?? Math.max(after, last)) : last
  return { requests, newest, ...(end === undefined ? {} : { end }) }
}

function write(one: Waiting, store: RequestLogStore): void {
  const { place, own, at } = one
  store.insert(place, at, loggedOf(one))
  own.written++
  if (own.written % pruneEvery === 0) store.prune(place, kept)
}

function loggedOf({ asker, status, request: noted, number, skipped }: Waiting): LoggedRequest {
  const { served, caller } = asker
  const { body, answer, contentType, location } = noted
  const { participant } = namedCredential(objectsOf(served.ledger), caller.credential) ?? {}
  const { hidesBody = false, hidesAnswer = false } = noted
  const request = body && textOf(body, contentType, hidesBody)
  const answered = answer && textOf(answer, noted.answerType, hidesAnswer && status < 400)
  const code = noted.code ?? rpcCode(answered?.text)
  return {
    ...{ number, time: secondOf(number), id: noted.id, credential: caller.credential },
    ...(participant === undefined ? {} : { participant }),
    ...{ method: noted.method, path: maskPath(noted.url, noted.keyAt), status },
    ...(code === undefined ? {} : { code }),
    ms: Math.round(noted.ms * 10) / 10,
    ...(contentType === undefined ? {} : { contentType: contentType.slice(0, 128) }),
    ...(request ? { request } : {}),
    ...(answered ? { answer: answered } : {}),
    ...(location === undefined ? {} : { location: maskPath(location) }),
    ...(skipped > 0 ? { skipped } : {}),
  }
}

const isTextType = (type: string) => /json|text|xml/i.test(type)

function textOf({ part, bytes }: Seen, type: string | undefined, isHidden: boolean) {
  if (bytes === 0) return undefined
  if (isHidden) return { bytes, note: 'hidden' } as const
  if (!isTextType(type ?? '')) return { bytes, note: 'binary' } as const
  return maskText(part, bytes)
}

/** JSON-RPC refuses inside of an answer that is good. */
function rpcCode(answer = ''): string | undefined {
  if (!answer.includes('"jsonrpc"')) return undefined
  return /"error":\s*\{\s*"code":\s*(-?\d{1,6})\b/.exec(answer)?.[1]
}
