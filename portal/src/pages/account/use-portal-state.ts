import { useQuery } from '@tanstack/react-query'
import { portalClient } from '../../app/session.tsx'

/** What this portal has: single sign-on, passkeys, an account at all. */
export function usePortalState() {
  return useQuery({
    queryKey: ['portal-state'],
    queryFn: () => portalClient.state(),
    staleTime: 60_000,
  })
}
