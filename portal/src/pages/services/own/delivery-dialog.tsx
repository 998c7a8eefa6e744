import type { ServiceObject, WebhookDelivery, WebhookObject } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { guarded } from '../../../app/proof.ts'
import { useOrganisation } from '../../../app/session.tsx'
import { Badge } from '../../../parts/badge.tsx'
import { CodeBlock } from '../../../parts/code-block.tsx'
import { Dialog } from '../../../parts/dialog.tsx'
import { Facts } from '../../../parts/facts.tsx'
import { useFormats } from '../../../parts/formats.ts'
import { Loaded } from '../../../parts/loaded.tsx'
import { ExactTime } from '../../../parts/time.tsx'
import { ResendButton } from './resend-button.tsx'
import { useWebhooks } from './use-webhooks.ts'

type Props = {
  readonly service: ServiceObject
  readonly webhook: WebhookObject
  /** None, and nothing is open. */
  readonly delivery: WebhookDelivery | undefined
  readonly onClose: () => void
}

/** One attempt: what was sent, what came back, and sending it again. */
export function DeliveryDialog({ delivery, onClose, ...of }: Props) {
  const { t } = useTranslation()
  return (
    <Dialog title={t('webhooks.delivery')} isOpen={delivery !== undefined} onClose={onClose}>
      {delivery && <Attempt {...of} delivery={delivery} onClose={onClose} />}
    </Dialog>
  )
}

type AttemptProps = Props & { readonly delivery: WebhookDelivery }

function Attempt({ service, webhook, delivery, onClose }: AttemptProps) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { webhooks, key } = useWebhooks(service)
  const { position, attempt, result, status, reason, time, durationMs } = delivery
  const query = useQuery({
    queryKey: [...key, webhook.id, 'message', position],
    queryFn: () => guarded(() => webhooks.message(webhook.id, position)),
    staleTime: Number.POSITIVE_INFINITY,
  })
  return (
    <>
      <Facts
        facts={[
          [t('webhooks.result'), <Badge key="result" state={result} />],
          [t('webhooks.answer'), status === undefined ? undefined : `HTTP ${status}`],
          reason === undefined
            ? undefined
            : [t('webhooks.why'), t(`webhooks.reasons.${reason}`, { defaultValue: reason })],
          [t('webhooks.attempt'), number(attempt)],
          [t('organisation.when'), <ExactTime key="time" seconds={time} />],
          [t('webhooks.duration'), t('nodes.ms', { ms: number(durationMs) })],
        ]}
      />
      <p className="note">{t('webhooks.answerNote')}</p>
      <h3>{t('webhooks.request')}</h3>
      <Loaded query={query} lines={4}>
        {({ id, url, contentType, body }) => (
          <CodeBlock
            isTall
            what={t('webhooks.request')}
            text={`POST ${url}\ncontent-type: ${contentType}\nwebhook-id: ${id}\n\n${body}`}
          />
        )}
      </Loaded>
      <Resend {...{ service, webhook, delivery }} onDone={onClose} />
    </>
  )
}

type ResendProps = Omit<AttemptProps, 'onClose'> & { readonly onDone: () => void }

function Resend({ service, webhook, delivery, onDone }: ResendProps) {
  const { t } = useTranslation()
  const { may } = useOrganisation()
  const { id, state, position: next } = webhook
  const { position } = delivery
  if (!may('webhook-change')) return null
  if (state !== 'active') return <p className="note">{t('webhooks.resumeFirst')}</p>
  // What is next is tried again by itself; here it is at once.
  const what = position < next ? { position } : { from: next }
  return <ResendButton {...{ service, what, onDone }} webhook={id} label={t('webhooks.resend')} />
}
