import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { CodeBlock } from '../../../parts/code-block.tsx'
import { Facts } from '../../../parts/facts.tsx'
import { useFormats } from '../../../parts/formats.ts'
import { Id } from '../../../parts/id.tsx'
import type { Place } from './try-operations.ts'
import type { Answer } from './watched-fetch.ts'

export type Tried = Answer & Place & { readonly body: unknown }

/** How the gateway answered, where the record is, and all that it said. */
export function TriedAnswer({ tried }: { readonly tried: Tried }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { status, ms, requestId, body, entry, height } = tried
  return (
    <>
      <div role="status">
        <Facts
          facts={[
            [t('try.status'), status],
            [t('try.time'), t('try.ms', { ms: number(Math.round(ms)) })],
            [t('problem.request'), <Id key="request" id={requestId} kind="request" />],
            entry === undefined
              ? undefined
              : [
                  t('try.entry'),
                  <Link key="entry" to="/explore/entries/$index" params={{ index: String(entry) }}>
                    {t('try.seeReceipt', { index: number(entry) })}
                  </Link>,
                ],
            height === undefined
              ? undefined
              : [
                  t('try.block'),
                  <Link
                    key="block"
                    to="/explore/blocks/$height"
                    params={{ height: String(height) }}
                  >
                    {number(height)}
                  </Link>,
                ],
          ]}
        />
      </div>
      <CodeBlock text={JSON.stringify(body, undefined, 2)} what={t('try.answer')} isTall />
    </>
  )
}
