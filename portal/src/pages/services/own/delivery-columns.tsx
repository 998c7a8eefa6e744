import type { ServiceObject, WebhookDelivery } from '@openbsn/sdk'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Badge } from '../../../parts/badge.tsx'
import type { ShownColumn } from '../../../parts/data-table.tsx'
import { useFormats } from '../../../parts/formats.ts'
import { Time } from '../../../parts/time.tsx'

/** What tells attempts apart: an event can be sent again, and is counted from 1 then. */
export const deliveryId = ({ number }: WebhookDelivery): string => String(number)

/** Attempts of a webhook; the last column opens one. */
export function useDeliveryColumns(
  service: ServiceObject,
  onLook: (delivery: WebhookDelivery) => void,
): readonly ShownColumn<WebhookDelivery>[] {
  const { t } = useTranslation()
  const { number } = useFormats()
  // Of a chain, positions are its own.
  const isEntry = service.chainId === undefined
  return useMemo(() => {
    const answer = ({ status, reason }: WebhookDelivery) =>
      status === undefined
        ? t(`webhooks.reasons.${reason ?? 'unknown'}`, { defaultValue: reason ?? '' })
        : `HTTP ${status}`
    return [
      {
        id: 'time',
        header: t('organisation.when'),
        value: ({ time }) => time,
        cell: ({ time }) => <Time seconds={time} kind="wall" />,
        width: 'minmax(6rem, 9rem)',
      },
      {
        id: 'event',
        header: t('webhooks.event'),
        value: ({ position }) => position,
        cell: ({ position }) =>
          isEntry ? (
            <Link to="/explore/entries/$index" params={{ index: String(position) }}>
              #{number(position)}
            </Link>
          ) : (
            `#${number(position)}`
          ),
        width: 'minmax(4rem, 6rem)',
      },
      {
        id: 'attempt',
        header: t('webhooks.attempt'),
        value: ({ attempt }) => attempt,
        width: '6rem',
        isMinor: true,
        isNumber: true,
      },
      {
        id: 'result',
        header: t('webhooks.result'),
        value: ({ result }) => t(`states.${result}`),
        cell: ({ result }) => <Badge state={result} />,
        width: 'minmax(6rem, 8rem)',
      },
      {
        id: 'answer',
        header: t('webhooks.answer'),
        value: answer,
        width: 'minmax(8rem, 1fr)',
        isMinor: true,
      },
      {
        id: 'duration',
        header: t('webhooks.duration'),
        value: ({ durationMs }) => durationMs,
        cell: ({ durationMs }) => t('nodes.ms', { ms: number(durationMs) }),
        width: '6rem',
        isMinor: true,
        isNumber: true,
      },
      {
        id: 'look',
        header: t('webhooks.request'),
        value: () => '',
        cell: (one) => (
          <button
            type="button"
            className="link"
            aria-label={t('webhooks.lookAt', {
              position: number(one.position),
              attempt: one.attempt,
            })}
            onClick={() => onLook(one)}
          >
            {t('webhooks.look')}
          </button>
        ),
        width: 'minmax(4rem, 6rem)',
      },
    ]
  }, [t, number, isEntry, onLook])
}
