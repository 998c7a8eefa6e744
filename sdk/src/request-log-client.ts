import { type AskJson, queryText } from './json-send.ts'

/** A body as the log has it. */
export type LoggedBody = {
  /** Of the whole body. */
  readonly bytes: number
  /** Its first 4,096 bytes; API keys in it are masked. */
  readonly text?: string
  /** Why not all of it is there; `hidden`: it has, or may have, secrets in it. */
  readonly note?: 'cut' | 'hidden' | 'binary'
}

/** A request that a credential made at a gateway. */
export type LoggedRequest = {
  /** Grows from each to the next, with gaps. */
  readonly number: number
  /** Seconds since 1970, by the clock of the node. */
  readonly time: number
  /** As in the header x-request-id of the answer. */
  readonly id: string
  readonly credential: string
  /** Whose the credential is; the publisher's own where absent. */
  readonly participant?: string
  readonly method: string
  /** With its query; secrets are masked. */
  readonly path: string
  readonly status: number
  /** Of the problem, or the error of JSON-RPC, that it was answered with. */
  readonly code?: string
  /** From the head of the request to the end of its answer. */
  readonly ms: number
  /** Of its body. */
  readonly contentType?: string
  readonly request?: LoggedBody
  readonly answer?: LoggedBody
  /** Where the answer says what it made is. */
  readonly location?: string
  /** So many that came right before it are not kept. */
  readonly skipped?: number
}

export type RequestLogFilter = {
  /** Such as `404`, or `4xx`. */
  readonly status?: string
  readonly code?: string
  readonly method?: string
  /** A part of the path and its query. */
  readonly path?: string
  readonly credential?: string
  /** Of the request. */
  readonly id?: string
  /** Seconds since 1970: from then on, and before. */
  readonly from?: number
  readonly to?: number
}

export type RequestLogQuery = RequestLogFilter & {
  readonly cursor?: string
  readonly limit?: number
  /** Follows: what came after this number, the oldest first. `newest` of a page is the next. */
  readonly after?: number
}

export type RequestLogPage = {
  /** The newest first; with `after` the oldest. */
  readonly requests: readonly LoggedRequest[]
  /** Say `after` with this to go on from here. */
  readonly newest: number
  /** Cursor of the next page; with filters a page may have few or none. */
  readonly next?: string
}

/**
 * What was asked at a gateway with credentials of a service: needs the scope `log:read`. Each
 * gateway knows its own requests alone.
 */
export interface RequestLog {
  list(query?: RequestLogQuery): Promise<RequestLogPage>
  /** What comes from now on, or after a number, for ever; ends by `signal` or `break`. */
  follow(
    filter?: RequestLogFilter & { readonly after?: number },
    how?: { readonly signal?: AbortSignal; readonly everyMs?: number },
  ): AsyncGenerator<LoggedRequest, void, undefined>
}

const followMs = 1000

/** @throws nothing; the first request does */
export function createRequestLog(ask: AskJson, service: string): RequestLog {
  const base = `/services/${encodeURIComponent(service)}/request-log`
  const list = (query: RequestLogQuery = {}) => ask<RequestLogPage>(base + queryText(query))
  return {
    list,
    async *follow({ after: from, ...filter } = {}, { signal, everyMs = followMs } = {}) {
      let after = from ?? (await list({ limit: 1 })).newest
      while (!signal?.aborted) {
        const { requests, newest } = await list({ ...filter, after })
        yield* requests
        const isMore = newest > after
        after = newest
        if (!isMore) await pause(everyMs, signal)
      }
    },
  }
}

/** Ends early where nobody waits any more. */
function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds)
    function done() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    signal?.addEventListener('abort', done)
  })
}
