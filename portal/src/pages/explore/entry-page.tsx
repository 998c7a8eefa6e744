import type { Entry } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { useFormats } from '../../parts/formats.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { useSentence } from './act-sentence.ts'
import { decodeEntry } from './decoded-entry.ts'
import { EntryPayload } from './entry-payload.tsx'
import { EntryProof } from './entry-proof.tsx'
import { StatementFacts } from './statement-facts.tsx'

const route = getRouteApi('/explore/entries/$index')

/** /explore/entries/N: one entry, taken apart, with its proof verified in the browser. */
export function EntryPage() {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { index: text } = route.useParams()
  const { id, client } = useLedger()
  const index = Number(text)
  const query = useQuery({
    queryKey: [id, 'entry', text],
    queryFn: () => client.entry(index),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const isNumber = Number.isSafeInteger(index)
  return (
    <Page
      over={t('entry.over')}
      title={isNumber ? `#${number(index)}` : `#${text}`}
      actions={isNumber && <Neighbours index={index} />}
    >
      <Loaded query={query} lines={16}>
        {(entry) => <Whole entry={entry} />}
      </Loaded>
    </Page>
  )
}

function Neighbours({ index }: { readonly index: number }) {
  const { t } = useTranslation()
  return (
    <>
      {index > 0 && (
        <Link
          className="button quiet"
          to="/explore/entries/$index"
          params={{ index: String(index - 1) }}
        >
          {t('entry.before')}
        </Link>
      )}
      <Link
        className="button quiet"
        to="/explore/entries/$index"
        params={{ index: String(index + 1) }}
      >
        {t('entry.after')}
      </Link>
    </>
  )
}

function Whole({ entry }: { readonly entry: Entry }) {
  const { t } = useTranslation()
  const say = useSentence()
  const decoded = decodeEntry(entry.statement)
  const { statement, act, payload } = decoded
  const { iss: issuer, sub: service, key: recordKey } = statement.claims
  return (
    <>
      <p className="sentence">{say({ act, fields: payload.fields, issuer, service, recordKey })}</p>
      <div className="columns wide-left">
        <div>
          <Section title={t('entry.payload')}>
            <EntryPayload payload={payload} />
          </Section>
          <Section title={t('entry.statement')}>
            <StatementFacts statement={statement} entry={entry} />
          </Section>
        </div>
        <EntryProof entry={entry} />
      </div>
    </>
  )
}
