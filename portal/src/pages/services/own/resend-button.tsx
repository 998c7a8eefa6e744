import type { ServiceObject, Webhooks } from '@openbsn/sdk'
import { useTranslation } from 'react-i18next'
import { guarded } from '../../../app/proof.ts'
import { announce } from '../../../parts/announce.tsx'
import { Problem } from '../../../parts/problem.tsx'
import { useAction } from '../../../parts/use-action.ts'
import { useWebhooks } from './use-webhooks.ts'

type Props = {
  readonly service: ServiceObject
  readonly webhook: string
  /** Which events. */
  readonly what: Parameters<Webhooks['replay']>[1]
  readonly label: string
  readonly onDone?: () => void
}

/** Has events of a webhook sent again. */
export function ResendButton({ service, webhook, what, label, onDone }: Props) {
  const { t } = useTranslation()
  const { webhooks, refresh } = useWebhooks(service)
  const { isBusy, error, run } = useAction()
  const resend = () =>
    run(async () => {
      await guarded(() => webhooks.replay(webhook, what))
      await refresh()
      announce(t('webhooks.done.resend'))
      onDone?.()
    })
  return (
    <>
      <div className="row">
        <button
          type="button"
          className="button"
          aria-disabled={isBusy || undefined}
          onClick={() => void resend()}
        >
          {label}
        </button>
      </div>
      {error !== undefined && <Problem error={error} />}
    </>
  )
}
