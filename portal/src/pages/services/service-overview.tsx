import type { ServiceObject } from '@openbsn/sdk'
import { ServiceLife } from './own/service-life.tsx'
import { useOwnServices } from './own/use-own.ts'
import { ServiceFacts } from './service-facts.tsx'

/** What a service is; for the organisation that published it, also what becomes of it. */
export function ServiceOverview({ service }: { readonly service: ServiceObject }) {
  const isOwn = useOwnServices()?.includes(service.id) ?? false
  return (
    <div className="stack">
      <ServiceFacts service={service} />
      {isOwn && <ServiceLife service={service} />}
    </div>
  )
}
