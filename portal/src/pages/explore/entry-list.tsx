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

/** What an entry says: an act in words, a record as it begins. */
export function EntrySentence({ entry }: { readonly entry: ListedEntry }) {
  const say = useSentence()
  const summary = summaryOf(entry)
  const begin = summary.act === undefined ? previewOf(entry) : undefined
  if (begin === undefined) return <span className="clip">{say(summary)}</span>
  return (
    <span className="clip">
      {entry.key !== undefined && `${entry.key} `}
      <span className="preview">{begin}</span>
    </span>
  )
}

/** The first characters of a payload that is text; undefined where it is none. */
export function previewOf({ payload }: ListedEntry): string | undefined {
  // Four letters are three bytes.
  const bytes = fromBase64url(payload.slice(0, 240))
  const text = bytes && new TextDecoder().decode(bytes).replace(/\ufffd+$/, '')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they say that it is no text.
  return text === undefined || /[\u0000-\u0008\ufffd]/.test(text) ? undefined : text
}

/** What `useSentence` needs of a listed entry. */
export function summaryOf(entry: ListedEntry) {
  const { service, contentType, payload, issuer, key } = entry
  const act = actOf({ contentType, service })
  const bytes = act === undefined ? undefined : fromBase64url(payload)
  const fields = bytes && readPayload(bytes, contentType).fields
  return { act, fields, issuer, service, recordKey: key }
}
