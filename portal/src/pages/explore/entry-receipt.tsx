import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { useFormats } from '../../parts/formats.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { EntryProof } from './entry-proof.tsx'

type Props = { readonly index: number; readonly title: string }

/** What was just registered: its entry, and its receipt verified here. */
export function EntryReceipt({ index, title }: Props) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { id, client } = useLedger()
  const query = useQuery({
    queryKey: [id, 'entry', String(index)],
    queryFn: () => client.entry(index),
  })
  return (
    <>
      <p>
        {title}{' '}
        <Link to="/explore/entries/$index" params={{ index: String(index) }}>
          {t('entry.number', { index: number(index) })}
        </Link>
      </p>
      <Loaded query={query} lines={6}>
        {(entry) => <EntryProof entry={entry} />}
      </Loaded>
    </>
  )
}
