import type { Client } from '@openbsn/sdk'
import type { QueryClient } from '@tanstack/react-query'

type Ledger = { readonly id: string; readonly client: Pick<Client, 'keyBundle'> }

/** The key bundle of a ledger, asked for once for all that is verified within a minute. */
export function keysQuery({ id, client }: Ledger) {
  return {
    queryKey: [id, 'keys'],
    queryFn: () => client.keyBundle(),
    staleTime: 60_000,
  }
}

type Checked<Evidence, Result> = {
  readonly queries: Pick<QueryClient, 'fetchQuery'>
  readonly ledger: Ledger
  readonly ask: () => Promise<Evidence>
  readonly check: (evidence: Evidence, keys: Uint8Array) => Result
  readonly holds: (result: Result) => boolean
}

/**
 * Asks for something and checks it by the keys of the ledger. What does not hold is checked once
 * more by keys asked for anew: the validators may have changed since.
 */
export async function checkByKeys<Evidence, Result>(what: Checked<Evidence, Result>) {
  const { queries, ledger, ask, check, holds } = what
  const query = keysQuery(ledger)
  const [evidence, kept] = await Promise.all([ask(), queries.fetchQuery(query)])
  const first = check(evidence, kept)
  if (holds(first)) return { evidence, keys: kept, result: first }
  const keys = await queries.fetchQuery({ ...query, staleTime: 0 })
  return { evidence, keys, result: check(evidence, keys) }
}
