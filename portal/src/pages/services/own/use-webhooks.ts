import type { ServiceObject, Webhooks } from '@openbsn/sdk'
import { useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useLedger } from '../../../app/ledger.tsx'
import { portalClient, portalKey, useOrganisation } from '../../../app/session.tsx'

/** The webhooks of a service that the organisation published, as the gateway has them. */
export function useWebhooks({ id: service }: Pick<ServiceObject, 'id'>): {
  readonly webhooks: Webhooks
  /** Whatever is asked about them has a key that begins so. */
  readonly key: readonly string[]
  /** Asks anew. */
  readonly refresh: () => Promise<void>
} {
  const { id: ledger } = useLedger()
  const { organisation } = useOrganisation()
  const queries = useQueryClient()
  const by = organisation?.id ?? ''
  return useMemo(() => {
    const key = [portalKey, by, 'webhooks', ledger, service]
    return {
      webhooks: portalClient.webhooks(by, { ledger, service }),
      key,
      refresh: () => queries.invalidateQueries({ queryKey: key }),
    }
  }, [by, ledger, service, queries])
}
