import type { ListedEntry } from '@openbsn/sdk'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { ShownColumn } from '../../parts/data-table.tsx'
import { useFormats } from '../../parts/formats.ts'
import { shortId } from '../../parts/short-id.ts'
import { Time } from '../../parts/time.tsx'
import { useSentence } from './act-sentence.ts'
import { EntrySentence, previewOf, summaryOf } from './entry-list.tsx'

/** What tells entries apart. */
export const entryId = ({ index }: ListedEntry): string => String(index)

/** Columns of tables of entries; the service is left out on its own page. */
export function useEntryColumns(withService = true): readonly ShownColumn<ListedEntry>[] {
  const { t } = useTranslation()
  const { number, utc } = useFormats()
  const say = useSentence()
  return useMemo(() => {
    const service: ShownColumn<ListedEntry> = {
      id: 'service',
      header: t('entries.service'),
      value: (row) => row.service,
      width: 'minmax(7rem, 12rem)',
      isMinor: true,
    }
    return [
      {
        id: 'index',
        header: t('entries.index'),
        value: ({ index }) => index,
        cell: ({ index }) => (
          <Link to="/explore/entries/$index" params={{ index: String(index) }}>
            #{number(index)}
          </Link>
        ),
        width: '5.5rem',
      },
      ...(withService ? [service] : []),
      {
        id: 'what',
        header: t('entries.what'),
        value: (row) => textOf(row, say),
        cell: (row) => <EntrySentence entry={row} />,
        width: 'minmax(8rem, 1fr)',
      },
      {
        id: 'issuer',
        header: t('entries.issuer'),
        value: ({ issuer }) => issuer,
        cell: ({ issuer }) => shortId(issuer, { head: 14, tail: 4 }),
        width: '12rem',
        isMinor: true,
      },
      {
        id: 'block',
        header: t('entries.block'),
        value: ({ height }) => height,
        cell: ({ height }) => (
          <Link to="/explore/blocks/$height" params={{ height: String(height) }}>
            {number(height)}
          </Link>
        ),
        width: '5rem',
        isMinor: true,
      },
      {
        id: 'time',
        header: t('entries.time'),
        value: ({ time }) => utc(time),
        cell: ({ time }) => <Time seconds={time} />,
        width: '6.5rem',
      },
    ]
  }, [t, number, utc, say, withService])
}

function textOf(row: ListedEntry, say: ReturnType<typeof useSentence>): string {
  const summary = summaryOf(row)
  const begin = summary.act === undefined ? previewOf(row) : undefined
  return begin === undefined ? say(summary) : `${row.key ?? ''} ${begin}`.trim()
}
