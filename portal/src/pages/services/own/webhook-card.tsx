import type { ServiceObject, WebhookObject, WebhookTest } from '@openbsn/sdk'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { guarded } from '../../../app/proof.ts'
import { announce } from '../../../parts/announce.tsx'
import { Badge } from '../../../parts/badge.tsx'
import { Dialog } from '../../../parts/dialog.tsx'
import { Problem } from '../../../parts/problem.tsx'
import { useAction } from '../../../parts/use-action.ts'
import { DeleteWebhook } from './delete-webhook.tsx'
import { useWebhooks } from './use-webhooks.ts'
import { WebhookFacts } from './webhook-facts.tsx'
import { webhookState } from './webhook-state.ts'

type Props = {
  readonly service: ServiceObject
  readonly webhook: WebhookObject
  readonly mayChange: boolean
  readonly onShow: (id: string) => void
  readonly onSecret: (secret: string) => void
}

/** One webhook: how it stands, and what is done about it. */
export function WebhookCard(props: Props) {
  const { webhook, mayChange, onShow } = props
  const { t } = useTranslation()
  return (
    <li className="card">
      <h3>
        <bdi>{webhook.url}</bdi> <Badge state={webhookState(webhook)} />
      </h3>
      <WebhookFacts webhook={webhook} />
      <div className="row">
        <button
          type="button"
          className="button quiet"
          aria-label={t('webhooks.deliveriesOf', { url: webhook.url })}
          onClick={() => onShow(webhook.id)}
        >
          {t('webhooks.deliveries')}
        </button>
      </div>
      {mayChange && <Changes {...props} />}
    </li>
  )
}

function Changes({ service, webhook, onSecret }: Props) {
  const { t } = useTranslation()
  const { webhooks, refresh } = useWebhooks(service)
  const { isBusy, error, run } = useAction()
  const [tested, setTested] = useState<WebhookTest>()
  const [isLeaving, setLeaving] = useState(false)
  const { id, state, url, attempts, position } = webhook
  const next = state === 'active' ? 'paused' : 'active'
  const change = (what: string, work: () => Promise<unknown>) =>
    run(async () => {
      await guarded(work)
      await refresh()
      announce(what)
    })
  const buttons = {
    test: () => run(async () => setTested(await guarded(() => webhooks.test(id)))),
    [next]: () => change(t(`webhooks.done.${next}`), () => webhooks.change(id, { state: next })),
    // From where it stands: what is next is tried at once.
    ...(state === 'active' && attempts > 0
      ? { now: () => change(t('webhooks.done.now'), () => webhooks.replay(id, { from: position })) }
      : {}),
    rotate: () => run(async () => onSecret((await guarded(() => webhooks.rotate(id))).secret)),
    delete: () => Promise.resolve(setLeaving(true)),
  }
  return (
    <>
      <div className="row">
        {Object.entries(buttons).map(([name, press]) => (
          <button
            key={name}
            type="button"
            className="button quiet"
            aria-disabled={isBusy || undefined}
            aria-label={t(`webhooks.buttonsOf.${name}`, { url })}
            onClick={() => void press?.()}
          >
            {t(`webhooks.buttons.${name}`)}
          </button>
        ))}
      </div>
      {tested && <Tested test={tested} />}
      {error !== undefined && <Problem error={error} />}
      <Dialog
        title={t('webhooks.deleteTitle')}
        isOpen={isLeaving}
        onClose={() => setLeaving(false)}
      >
        <DeleteWebhook {...{ service, webhook }} onDone={() => setLeaving(false)} />
      </Dialog>
    </>
  )
}

/** What the receiver said to a message that is no event. */
function Tested({
  test: { delivered, status, reason, durationMs },
}: {
  readonly test: WebhookTest
}) {
  const { t } = useTranslation()
  const answer = { status: status ?? '–', ms: durationMs }
  const why = reason && t(`webhooks.reasons.${reason}`, { defaultValue: reason })
  return (
    <p role="status">
      <Badge state={delivered ? 'delivered' : 'failed'} />{' '}
      {why ? t('webhooks.testedWhy', { ...answer, why }) : t('webhooks.tested', answer)}
    </p>
  )
}
