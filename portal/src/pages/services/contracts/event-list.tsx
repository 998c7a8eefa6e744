import { useTranslation } from 'react-i18next'
import { CodeBlock } from '../../../parts/code-block.tsx'
import type { ContractEvent } from './use-write.ts'

/** What contracts told, by the names that their ABIs have for it. */
export function EventList({ events }: { readonly events: readonly ContractEvent[] }) {
  const { t } = useTranslation()
  if (events.length === 0) return <p className="note">{t('write.noEvents')}</p>
  return (
    <>
      <h3>{t('write.events')}</h3>
      <ol className="acts">
        {events.map(({ contract, event, args }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they never change, and can be the same.
          <li key={at}>
            <p>
              <code>{contract}</code> {event ?? t('write.unknownEvent')}
            </p>
            {args !== undefined && (
              <CodeBlock text={JSON.stringify(args, undefined, 2)} what={event ?? contract} />
            )}
          </li>
        ))}
      </ol>
    </>
  )
}
