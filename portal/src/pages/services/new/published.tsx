import { createClient, type PortalAct } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedgerParam } from '../../../app/ledger.tsx'
import { liveMs } from '../../../app/queries.ts'
import { Problem } from '../../../parts/problem.tsx'
import { Progress, progressAt } from '../../../parts/progress.tsx'
import { RegisteredLine } from '../../explore/registered.tsx'
import { useRegistered } from '../../explore/use-registered.ts'
import { ServiceLink } from '../contract-links.tsx'
import { usePublishSteps } from './publish-steps.ts'

type Props = {
  readonly act: PortalAct
  readonly name: string
  readonly onAnother: () => void
}

/** What became of a new service, live, with its entry and receipt, and what comes next. */
export function Published({ act, name, onAnother }: Props) {
  const { t } = useTranslation()
  const steps = usePublishSteps()
  const registered = useRegistered(act)
  const service = useNewService(act.ledger, name)
  const ledger = useLedgerParam(act.ledger)
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  const status = service.data?.status
  const hasFailed = registered.data?.holds === false || registered.error !== null
  const at = hasFailed || !registered.data ? 2 : status === undefined || status === 'review' ? 3 : 4
  return (
    <section className="section stack">
      <h2 ref={heading} tabIndex={-1}>
        {t('newService.published', { name })}
      </h2>
      <Progress steps={progressAt(steps(status), { at, hasFailed })} />
      <RegisteredLine act={act} registered={registered} />
      {service.error && <Problem error={service.error} />}
      <div className="row">
        <ServiceLink className="button" service={name} tab="credentials" ledger={ledger}>
          {t('newService.makeKey')}
        </ServiceLink>
        {service.data?.framework === 'fabric' && (
          <ServiceLink className="button" service={name} tab="contracts" ledger={ledger}>
            {t('newService.defineContract')}
          </ServiceLink>
        )}
        <ServiceLink className="button quiet" service={name} ledger={ledger}>
          {t('newService.see')}
        </ServiceLink>
        <button type="button" className="button quiet" onClick={onAnother}>
          {t('newService.another')}
        </button>
      </div>
    </section>
  )
}

/** Asked again while others decide about it. */
function useNewService(ledger: string, name: string) {
  return useQuery({
    queryKey: [ledger, 'service', name],
    queryFn: () => createClient({ gateway: location.origin, ledger }).service(name),
    refetchInterval: ({ state }) => (state.data?.status === 'review' ? liveMs : false),
  })
}
