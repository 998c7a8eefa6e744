import { type Client, createClient, type LedgerSummary, listLedgers } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { createContext, type ReactNode, useContext, useMemo } from 'react'
import { Loaded } from '../parts/loaded.tsx'
import { liveMs } from './queries.ts'

/** The ledger that the page is about: the gateway's first one, or the one that the URL names. */
export type Ledger = {
  readonly id: string
  readonly client: Client
}

const gateway = location.origin

/** What this gateway serves. */
export function useLedgers() {
  return useQuery({
    queryKey: ['ledgers'],
    queryFn: () => listLedgers({ gateway }),
    refetchInterval: liveMs,
  })
}

/** The one that the URL names, where it is served here. */
export function useChosenLedger(all: readonly LedgerSummary[]): LedgerSummary | undefined {
  const { ledger } = useSearch({ strict: false }) as { readonly ledger?: string }
  return all.find(({ id }) => id === ledger) ?? all[0]
}

/** How a URL names a ledger: not at all where it is the one that pages are about anyway. */
export function useLedgerParam(id: string): string | undefined {
  const { data: [first] = [] } = useLedgers()
  return id === first?.id ? undefined : id
}

const Context = createContext<Ledger | undefined>(undefined)

/** Gives all pages below the ledger that they are about. */
export function LedgerProvider({ children }: { readonly children: ReactNode }) {
  const query = useLedgers()
  return (
    <Loaded query={query} lines={10}>
      {(all) => <Chosen all={all}>{children}</Chosen>}
    </Loaded>
  )
}

type ChosenProps = { readonly all: readonly LedgerSummary[]; readonly children: ReactNode }

function Chosen({ all, children }: ChosenProps) {
  const summary = useChosenLedger(all)
  const id = summary?.id
  const client = useMemo(
    () => (id === undefined ? undefined : createClient({ gateway, ledger: id, prefer: 'first' })),
    [id],
  )
  // Without what is asked for again and again: every page would be made anew with it.
  const value = useMemo(
    () => (id !== undefined && client ? { id, client } : undefined),
    [id, client],
  )
  return <Context value={value}>{value && children}</Context>
}

/** What the gateway says of the ledger of the page, as of now. */
export function useLedgerSummary(): LedgerSummary {
  const { data } = useLedgers()
  const summary = useChosenLedger(data ?? [])
  if (!summary) throw new TypeError('a page is inside of LedgerProvider')
  return summary
}

/** The ledger of the page. */
export function useLedger(): Ledger {
  const ledger = useContext(Context)
  if (!ledger) throw new TypeError('a page is inside of LedgerProvider')
  return ledger
}
