import { useQuery } from '@tanstack/react-query'
import { useLedger } from '../../../app/ledger.tsx'
import { liveMs } from '../../../app/queries.ts'
import { useContracts } from '../contracts/use-contracts.ts'

/** One contract of a channel, as this node has it: asked again, the more often while it waits. */
export function useContract(service: string, name: string) {
  const { id } = useLedger()
  const { contracts, key } = useContracts(service)
  return useQuery({
    queryKey: [id, 'contract', service, name, key],
    queryFn: () => contracts.get(name),
    refetchInterval: ({ state: { data } }) => (data?.waitsFor === undefined ? 4 * liveMs : liveMs),
  })
}
