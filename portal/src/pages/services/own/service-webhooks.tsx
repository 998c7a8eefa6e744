import type { ServiceObject, WebhookObject } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { guarded } from '../../../app/proof.ts'
import { liveMs } from '../../../app/queries.ts'
import { useOrganisation } from '../../../app/session.tsx'
import { CodeBlock } from '../../../parts/code-block.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { Loaded } from '../../../parts/loaded.tsx'
import { Section } from '../../../parts/page.tsx'
import { Secret } from '../../../parts/secret.tsx'
import { MissingRight } from './missing-right.tsx'
import { NewWebhook } from './new-webhook.tsx'
import { useWebhooks } from './use-webhooks.ts'
import { WebhookCard } from './webhook-card.tsx'
import { WebhookDeliveries } from './webhook-deliveries.tsx'

type Props = { readonly service: ServiceObject }

/** Where a service's events are sent, for the organisation that published it. */
export function ServiceWebhooks({ service }: Props) {
  const { t } = useTranslation()
  const { webhook: shown } = useSearch({ strict: false }) as { readonly webhook?: string }
  const navigate = useNavigate()
  const { webhooks, key } = useWebhooks(service)
  const hasEvents = service.functions?.includes('events') ?? false
  const query = useQuery({
    queryKey: key,
    queryFn: () => guarded(() => webhooks.list()),
    enabled: hasEvents,
    refetchInterval: liveMs,
  })
  const show = (webhook: string | undefined) =>
    void navigate({ to: '.', search: (before) => ({ ...before, webhook }) as typeof before })
  if (!hasEvents) return <Empty title={t('webhooks.noEvents')} why={t('webhooks.noEventsWhy')} />
  return (
    <Loaded query={query} lines={6}>
      {(all) => {
        const one = all.find(({ id }) => id === shown)
        if (!one) return <AllWebhooks service={service} all={all} onShow={show} />
        return <WebhookDeliveries service={service} webhook={one} onBack={() => show(undefined)} />
      }}
    </Loaded>
  )
}

type AllProps = Props & {
  readonly all: readonly WebhookObject[]
  readonly onShow: (id: string) => void
}

function AllWebhooks({ service, all, onShow }: AllProps) {
  const { t } = useTranslation()
  const { may } = useOrganisation()
  const [secret, setSecret] = useState<string>()
  const mayChange = may('webhook-change')
  if (secret !== undefined) {
    return (
      <Secret
        what={t('webhooks.secret')}
        secret={secret}
        fileName={`${service.id}.webhook-secret`}
        next={t('webhooks.secretKept')}
        onSaved={() => setSecret(undefined)}
      />
    )
  }
  return (
    <div className="stack">
      <Section title={t('service.tabs.webhooks')} note={t('webhooks.note')}>
        {all.length === 0 && <Empty title={t('webhooks.none')} why={t('webhooks.noneWhy')} />}
        <ul className="cards">
          {all.map((one) => (
            <WebhookCard
              key={one.id}
              {...{ service, onShow, mayChange }}
              webhook={one}
              onSecret={setSecret}
            />
          ))}
        </ul>
      </Section>
      {mayChange ? (
        <NewWebhook service={service} onSecret={setSecret} />
      ) : (
        <MissingRight right="webhook-change" />
      )}
      <Section title={t('webhooks.check')} note={t('webhooks.checkNote')}>
        <CodeBlock text={sample} what={t('webhooks.check')} />
      </Section>
    </div>
  )
}

/** How a receiver knows that a message comes from here. */
const sample = `import { verifyWebhook } from '@openbsn/sdk'

// headers and body as they came, before anything reads them; the time in seconds since 1970
await verifyWebhook({ headers, body, secrets: [secret] }, { nowSeconds })`
