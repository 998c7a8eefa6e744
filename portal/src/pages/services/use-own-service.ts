import { useQuery } from '@tanstack/react-query'
import { useLedger } from '../../app/ledger.tsx'
import { guarded } from '../../app/proof.ts'
import { portalClient, portalKey, useOrganisation } from '../../app/session.tsx'

/** Whether the organisation that somebody works for published a service; as a query. */
export function useOwnService(service: string) {
  const { id: ledger } = useLedger()
  const { organisation } = useOrganisation()
  const by = organisation?.id ?? ''
  return useQuery({
    queryKey: [portalKey, by, 'services'],
    queryFn: () => guarded(() => portalClient.organisations.services(by)),
    enabled: by !== '',
    select: (all) => all.some((one) => one.ledger === ledger && one.service === service),
  })
}
