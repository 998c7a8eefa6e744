import { type Entry, isCodedError } from '@openbsn/sdk'
import { useQueries } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { useFormats } from '../../parts/formats.ts'
import { MoreButton } from '../../parts/more-button.tsx'
import { useSentence } from './act-sentence.ts'
import { decodeEntry } from './decoded-entry.ts'

type Props = { readonly first: number; readonly end: number }
const step = 25
/** An address may ask for as many at once. */
const shownMax = 1000

const route = getRouteApi('/explore/blocks/$height')

/** The entries of a block, some at a time: a block can have thousands. */
export function BlockEntries({ first, end }: Props) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { id, client } = useLedger()
  const { entries: asked = step } = route.useSearch()
  const navigate = route.useNavigate()
  const count = Math.min(asked, shownMax, end - first)
  const more = () =>
    void navigate({
      search: (before) => ({ ...before, entries: count + step }) as typeof before,
      replace: true,
      resetScroll: false,
    })
  const indexes = Array.from({ length: count }, (_, at) => first + at)
  const entries = useQueries({
    queries: indexes.map((index) => ({
      queryKey: [id, 'entry', String(index)],
      queryFn: () => client.entry(index),
      staleTime: Number.POSITIVE_INFINITY,
    })),
  })
  if (end === first) return <p className="note">{t('block.noEntries')}</p>
  const left = end - first - indexes.length
  return (
    <>
      <ul className="lines">
        {indexes.map((index, at) => (
          <li key={index}>
            <Link to="/explore/entries/$index" params={{ index: String(index) }}>
              #{number(index)}
            </Link>
            <Line {...entries[at]} />
          </li>
        ))}
      </ul>
      {left > 0 && count < shownMax && (
        <MoreButton label={t('block.more', { count: left, shown: number(left) })} onMore={more} />
      )}
    </>
  )
}

function Line({ data, error }: { readonly data?: Entry | undefined; readonly error?: unknown }) {
  const { t } = useTranslation()
  const say = useSentence()
  if (error) return <span className="faint">{isCodedError(error) ? t('block.private') : ''}</span>
  if (!data) return <span className="faint">…</span>
  const { statement, act, payload } = decodeEntry(data.statement)
  const { iss: issuer, sub: service, key: recordKey } = statement.claims
  return (
    <span className="clip">{say({ act, fields: payload.fields, issuer, service, recordKey })}</span>
  )
}
