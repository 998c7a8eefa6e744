import type { WebhookObject } from '@openbsn/sdk'
import { useTranslation } from 'react-i18next'
import { Facts } from '../../../parts/facts.tsx'
import { useFormats } from '../../../parts/formats.ts'
import { Time } from '../../../parts/time.tsx'

/** How a webhook stands. */
export function WebhookFacts({ webhook }: { readonly webhook: WebhookObject }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { filter, credential, position, head, attempts, retryAt, failingSince } = webhook
  const { reason, held, created, node } = webhook
  // The publisher's own are the usual ones.
  const by = credential.includes('/') ? undefined : credential
  const behind = Math.max(0, head - position)
  return (
    <Facts
      facts={[
        filter.key === undefined
          ? undefined
          : [t('webhooks.key'), <bdi key="key">{filter.key}</bdi>],
        filter.contentType === undefined
          ? undefined
          : [t('webhooks.contentType'), <bdi key="type">{filter.contentType}</bdi>],
        by === undefined ? undefined : [t('webhooks.by'), by],
        [
          t('webhooks.stands'),
          behind === 0
            ? t('webhooks.upToDate')
            : t('webhooks.behind', { count: behind, shown: number(behind) }),
        ],
        attempts === 0 ? undefined : [t('webhooks.attempts'), number(attempts)],
        retryAt === undefined
          ? undefined
          : [t('webhooks.nextTry'), <Time key="next" seconds={retryAt} kind="wall" />],
        failingSince === undefined
          ? undefined
          : [t('webhooks.failingSince'), <Time key="since" seconds={failingSince} kind="wall" />],
        held === undefined ? undefined : [t('webhooks.held'), held],
        reason === undefined ? undefined : [t('webhooks.reason'), reason],
        [t('webhooks.node'), node],
        [t('webhooks.created'), <Time key="created" seconds={created} kind="wall" />],
      ]}
    />
  )
}
