import { createClient, isCodedError, type PortalAct } from '@openbsn/sdk'
import { type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query'
import { type Verdict, verifyEntry } from '../../parts/verify-steps.ts'
import { checkByKeys } from './by-keys.ts'

/** A receipt takes until enough validators have signed: some tenths of a second. */
const triesMax = 60
const tryMs = 500

export type Registered = UseQueryResult<Verdict>

/** The entry of an act, verified by its receipt in this browser, as soon as it has one. */
export function useRegistered({ ledger, entry }: Pick<PortalAct, 'ledger' | 'entry'>): Registered {
  const queries = useQueryClient()
  return useQuery({
    queryKey: [ledger, 'registered', entry],
    queryFn: async () => {
      const index = entry ?? 0
      const client = createClient({ gateway: location.origin, ledger, prefer: 'first' })
      const { statement } = await client.entry(index)
      const { result } = await checkByKeys({
        queries,
        ledger: { id: ledger, client },
        ask: () => client.receipt(index),
        check: (receipt, keys) => verifyEntry({ statement, receipt, keys, ledger }),
        holds: ({ holds }) => holds,
      })
      return result
    },
    enabled: entry !== undefined,
    retry: (count, error) =>
      isCodedError(error) && error.code === 'RECEIPT_PENDING' && count < triesMax,
    retryDelay: tryMs,
    staleTime: Number.POSITIVE_INFINITY,
  })
}
