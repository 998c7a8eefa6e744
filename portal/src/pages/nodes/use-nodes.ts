import { useQuery } from '@tanstack/react-query'
import { everyPage } from '../../app/every-page.ts'
import { useLedger } from '../../app/ledger.tsx'

/** Every city node of the ledger, also those that went. */
export function useNodes(how: { readonly refetchInterval?: number } = {}) {
  const { id, client } = useLedger()
  return useQuery({
    queryKey: [id, 'every node'],
    queryFn: () =>
      everyPage(async (page) => {
        const { nodes: items, next } = await client.nodes(page)
        return { items, next }
      }),
    ...how,
  })
}
