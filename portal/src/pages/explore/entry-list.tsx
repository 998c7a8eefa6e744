import { fromBase64url, type ListedEntry } from '@openbsn/sdk'
import { Link } from '@tanstack/react-router'
import { useFormats } from '../../parts/formats.ts'
import { Time } from '../../parts/time.tsx'
import { useSentence } from './act-sentence.ts'
import { actOf, readPayload } from './decoded-entry.ts'

/** Entries as lines: place, what they say, time. */
export function EntryList({ entries }: { readonly entries: readonly ListedEntry[] }) {
  const { number } = useFormats()
  return (
    <ul className="lines">
      {entries.map((entry) => (
        <li key={entry.index}>
          <Link to="/explore/entries/$index" params={{ index: String(entry.index) }}>
            #{number(entry.index)}
          </Link>
          <EntrySentence entry={entry} />
          <Time seconds={entry.time} />
        </li>
      ))}
    </ul>
  )
}

/** What an entry says, in a few words. */
export function EntrySentence({ entry }: { readonly entry: ListedEntry }) {
  const say = useSentence()
  return <span className="clip">{say(summaryOf(entry))}</span>
}

/** What `useSentence` needs of a listed entry. */
export function summaryOf(entry: ListedEntry) {
  const { service, contentType, payload, issuer, key } = entry
  const act = actOf({ contentType, service })
  const bytes = act === undefined ? undefined : fromBase64url(payload)
  const fields = bytes && readPayload(bytes, contentType).fields
  return { act, fields, issuer, service, recordKey: key }
}
