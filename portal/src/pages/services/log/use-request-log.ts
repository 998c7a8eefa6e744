import type { LoggedRequest, RequestLogFilter, RequestLogPage } from '@openbsn/sdk'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { guarded } from '../../../app/proof.ts'
import { portalClient, portalKey } from '../../../app/session.tsx'

/** A service, and the organisation that published it. */
export type LogOf = {
  readonly organisation: string
  readonly ledger: string
  readonly service: string
}

const pageSize = 200
/** New ones are there within two seconds. */
const followMs = 1000
/** As many as the node keeps; who leaves the page open for longer sees the newest. */
const freshMax = 10_000
const none: readonly LoggedRequest[] = []

/** The log as far as somebody scrolled, with what came since on top while it is followed. */
export function useRequestLog(of: LogOf, filter: RequestLogFilter, isLive: boolean) {
  const { organisation, ledger, service } = of
  const ask = useCallback(
    (more: { readonly cursor?: string; readonly after?: number }) =>
      portalClient.requestLog(
        organisation,
        { ledger, service },
        { ...filter, limit: pageSize, ...more },
      ),
    [organisation, ledger, service, filter],
  )
  const query = useInfiniteQuery({
    queryKey: [portalKey, organisation, 'log', ledger, service, filter],
    queryFn: ({ pageParam: cursor }) => guarded(() => ask(cursor ? { cursor } : {})),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    // What is there stays as it is; what comes is followed.
    staleTime: Number.POSITIVE_INFINITY,
  })
  const pages = query.data?.pages
  const newest = pages?.[0]?.newest
  const { fresh, ...followed } = useFollowed(ask, newest, isLive)
  const rows = useMemo(() => {
    // Pages that were asked for anew have some of these as well.
    const above = fresh.filter(({ number }) => number > (newest ?? 0))
    return [...above, ...(pages?.flatMap(({ requests }) => requests) ?? none)]
  }, [fresh, pages, newest])
  return { query, rows, ...followed }
}

type Ask = (more: { readonly after: number }) => Promise<RequestLogPage>

/** What came after a number, the newest first. It stops where something goes wrong, and says so. */
function useFollowed(ask: Ask, from: number | undefined, isLive: boolean) {
  const [fresh, setFresh] = useState(none)
  const [error, setError] = useState<unknown>()
  const last = useRef(0)
  useEffect(() => {
    if (!isLive || from === undefined || error !== undefined) return undefined
    const gone = new AbortController()
    last.current = Math.max(last.current, from)
    const look = async () => {
      // Whoever looks elsewhere keeps neither the node busy nor the session from ending.
      if (document.hidden) return
      const { requests, newest } = await ask({ after: last.current })
      if (gone.signal.aborted) return
      last.current = Math.max(last.current, newest)
      if (requests.length === 0) return
      setFresh((before) => [...requests.toReversed(), ...before].slice(0, freshMax))
    }
    const run = async () => {
      while (!gone.signal.aborted) {
        await look()
        await new Promise((resolve) => setTimeout(resolve, followMs))
      }
    }
    run().catch((cause: unknown) => gone.signal.aborted || setError(cause))
    return () => gone.abort()
  }, [ask, from, isLive, error])
  return { fresh, error, retry: () => setError(undefined) }
}
