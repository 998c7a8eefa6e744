import type { ServiceObject, WebhookDelivery, WebhookObject } from '@openbsn/sdk'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { guarded } from '../../../app/proof.ts'
import { liveMs } from '../../../app/queries.ts'
import { useOrganisation } from '../../../app/session.tsx'
import { Badge } from '../../../parts/badge.tsx'
import { DataTable } from '../../../parts/data-table.tsx'
import { Empty } from '../../../parts/empty.tsx'
import { useFormats } from '../../../parts/formats.ts'
import { Loaded } from '../../../parts/loaded.tsx'
import { MoreButton } from '../../../parts/more-button.tsx'
import { Section } from '../../../parts/page.tsx'
import { deliveryId, useDeliveryColumns } from './delivery-columns.tsx'
import { DeliveryDialog } from './delivery-dialog.tsx'
import { ResendButton } from './resend-button.tsx'
import { useWebhooks } from './use-webhooks.ts'
import { WebhookFacts } from './webhook-facts.tsx'
import { webhookState } from './webhook-state.ts'

type Props = {
  readonly service: ServiceObject
  readonly webhook: WebhookObject
  readonly onBack: () => void
}

/** What became of a webhook's events: each attempt, the newest first. */
export function WebhookDeliveries({ service, webhook, onBack }: Props) {
  const { t } = useTranslation()
  return (
    <div className="stack">
      <div className="row">
        <button type="button" className="button quiet" onClick={onBack}>
          {t('webhooks.back')}
        </button>
      </div>
      <Section title={t('webhooks.deliveries')} note={t('webhooks.deliveriesNote')}>
        <h3>
          <bdi>{webhook.url}</bdi> <Badge state={webhookState(webhook)} />
        </h3>
        <WebhookFacts webhook={webhook} />
        <ResendFailed service={service} webhook={webhook} />
        <Attempts service={service} webhook={webhook} />
      </Section>
    </div>
  )
}

type OneProps = Omit<Props, 'onBack'>

/** Those that were given up, all at once. */
function ResendFailed({ service, webhook: { id, state } }: OneProps) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { may } = useOrganisation()
  const { webhooks, key } = useWebhooks(service)
  const { data: dead } = useQuery({
    queryKey: [...key, id, 'dead'],
    queryFn: () => guarded(() => webhooks.deadLetters(id, { limit: 1000 })),
    refetchInterval: liveMs,
  })
  // What somebody asked for again is one of them until it is delivered.
  const given = dead?.deadLetters.filter(({ reason }) => reason !== 'asked_for') ?? []
  const count = given.length
  if (count === 0 || !may('webhook-change')) return null
  const shown = dead?.next === undefined ? number(count) : `${number(count)}+`
  return (
    <>
      <p>{t('webhooks.dead', { count, shown })}</p>
      {state !== 'active' && <p className="note">{t('webhooks.resumeFirst')}</p>}
      <ResendButton
        service={service}
        webhook={id}
        what={{ deadLetters: true }}
        label={t('webhooks.resendAll')}
      />
    </>
  )
}

const none: readonly WebhookDelivery[] = []

function Attempts({ service, webhook }: OneProps) {
  const { t } = useTranslation()
  const { id } = webhook
  const { webhooks, key } = useWebhooks(service)
  const [looked, setLooked] = useState<WebhookDelivery>()
  const columns = useDeliveryColumns(service, setLooked)
  const query = useInfiniteQuery({
    queryKey: [...key, id, 'deliveries'],
    queryFn: ({ pageParam: cursor }) =>
      guarded(() => webhooks.deliveries(id, { limit: 100, ...(cursor ? { cursor } : {}) })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    refetchInterval: liveMs,
  })
  const { data } = query
  const all = useMemo(() => data?.pages.flatMap((page) => page.deliveries) ?? none, [data])
  return (
    <Loaded query={query}>
      {() => {
        if (all.length === 0) {
          return <Empty title={t('webhooks.noDeliveries')} why={t('webhooks.noDeliveriesWhy')} />
        }
        return (
          <>
            <DataTable
              label={t('webhooks.deliveries')}
              rows={all}
              columns={columns}
              rowId={deliveryId}
              exportName={`${service.id}-deliveries`}
              foot={
                query.hasNextPage && (
                  <div className="row">
                    <MoreButton
                      label={t('table.more')}
                      onMore={() => void query.fetchNextPage({ cancelRefetch: false })}
                      isBusy={query.isFetchingNextPage}
                    />
                  </div>
                )
              }
            />
            <DeliveryDialog
              {...{ service, webhook }}
              delivery={looked}
              onClose={() => setLooked(undefined)}
            />
          </>
        )
      }}
    </Loaded>
  )
}
