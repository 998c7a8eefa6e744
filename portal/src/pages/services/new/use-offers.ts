import { createClient } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { everyPage } from '../../../app/every-page.ts'
import { useLedgers } from '../../../app/ledger.tsx'
import { type LedgerOffers, offersOf } from './service-choices.ts'

/**
 * What can be published where, as the ledgers and their city nodes say. Sandboxes first: whoever
 * tries out breaks nothing there.
 */
export function useOffers() {
  const { data: all = [] } = useLedgers()
  const ids = all.map(({ id }) => id)
  return useQuery({
    queryKey: ['offers', ...ids],
    queryFn: async (): Promise<readonly LedgerOffers[]> => {
      const found = await Promise.all(
        all.map(async (ledger) => ({ ledger, offers: await askOffers(ledger.id) })),
      )
      const isLive = ({ ledger }: LedgerOffers) => Number(ledger.environment === 'live')
      return found
        .filter(({ offers }) => offers.length > 0)
        .toSorted((a, b) => isLive(a) - isLive(b))
    },
    enabled: ids.length > 0,
    staleTime: 60_000,
  })
}

async function askOffers(ledger: string) {
  const client = createClient({ gateway: location.origin, ledger, prefer: 'first' })
  const [{ frameworks }, nodes] = await Promise.all([
    client.info(),
    everyPage(async (page) => {
      const { nodes: items, next } = await client.nodes({ ...page, status: 'active' })
      return { items, next }
    }),
  ])
  return offersOf(frameworks, nodes)
}
