import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type KeyboardEvent, useDeferredValue, useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../parts/icon.tsx'
import { Problem } from '../parts/problem.tsx'
import { shortId } from '../parts/short-id.ts'
import { useUrlInput } from '../parts/use-url-input.ts'
import { findSoon, type Hit } from './find.ts'
import { useLedger } from './ledger.tsx'
import { sections } from './navigation.ts'

type Props = {
  readonly onDone?: () => void
  readonly text?: string
  readonly onText?: (text: string) => void
}

/** One field for whatever there is; arrow keys go through what was found, Enter to the first. */
export function SearchDialog({ onDone, text: given, onText }: Props) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState('')
  const text = given ?? typed
  const field = useUrlInput(text)
  const wanted = useDeferredValue(text.trim())
  const id = useId()
  const list = useRef<HTMLUListElement>(null)
  const { client, id: ledger } = useLedger()
  const { data, error, isFetching } = useQuery({
    queryKey: [ledger, 'find', wanted],
    queryFn: ({ signal }) => findSoon(client, wanted, signal),
    enabled: wanted !== '',
  })
  const docs = useDocsHits(wanted)
  const hits =
    wanted === ''
      ? []
      : [...pagesNamed(wanted, (name) => t(`nav.${name}`)), ...(data ?? []), ...(data ? docs : [])]
  const onKey = (event: KeyboardEvent) => goThrough(event, list.current)
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the field and links inside.
    <div className="search" onKeyDown={onKey}>
      <label className="search-field" htmlFor={id}>
        <Icon name="search" />
        <span className="unseen">{t('search.label')}</span>
        <input
          {...field}
          id={id}
          type="search"
          autoComplete="off"
          spellCheck={false}
          // biome-ignore lint/a11y/noAutofocus: the dialog was opened to type here.
          autoFocus={onDone !== undefined}
          placeholder={t('search.placeholder')}
          onChange={({ target }) => (onText ?? setTyped)(target.value)}
        />
      </label>
      <p className="unseen" role="status">
        {wanted !== '' && !isFetching && t('search.found', { count: hits.length })}
      </p>
      {error && <Problem error={error} />}
      <ul className="hits" ref={list}>
        {hits.map((hit) => (
          <HitLine key={`${hit.kind} ${hit.name} ${hit.to.hash}`} hit={hit} onDone={onDone} />
        ))}
      </ul>
      {hits.length === 0 && (
        <p className="note">
          {wanted === '' || isFetching ? t('search.hint') : t('search.nothing', { text: wanted })}
        </p>
      )}
    </div>
  )
}

type LineProps = { readonly hit: Hit; readonly onDone: (() => void) | undefined }

function HitLine({ hit: { kind, name, to }, onDone }: LineProps) {
  const { t } = useTranslation()
  return (
    <li>
      <Link {...to} {...(onDone ? { onClick: onDone } : {})}>
        <span className="hit-kind">{t(`kinds.${kind}`)}</span>
        <span className="hit-name" data-kind={kind}>
          {kind === 'docs' ? name : shortId(name, { head: 24, tail: 12 })}
        </span>
      </Link>
    </li>
  )
}

function pagesNamed(text: string, nameOf: (section: string) => string): readonly Hit[] {
  return sections
    .map(([section, to]) => ({ kind: 'page', name: nameOf(section), to: { to } }))
    .filter(({ name }) => name.toLowerCase().startsWith(text.toLowerCase()))
}

const none: readonly Hit[] = []

/** What the documentation has on it, after all else: its index is loaded with the first word. */
function useDocsHits(wanted: string): readonly Hit[] {
  const { data = none } = useQuery({
    queryKey: ['docs', 'hits', wanted],
    queryFn: async (): Promise<readonly Hit[]> => {
      const { findDocs } = await import('../pages/docs/find-docs.ts')
      const found = await findDocs(wanted, docsMax)
      return found.map(({ name, to }) => ({ kind: 'docs', name, to }))
    },
    enabled: wanted !== '',
    staleTime: Number.POSITIVE_INFINITY,
  })
  return data
}
const docsMax = 5

function goThrough(event: KeyboardEvent, list: HTMLUListElement | null): void {
  // These keys are the input method's: Enter takes a word and opens nothing.
  if (event.nativeEvent.isComposing) return
  const links: (Element | null)[] = [...(list?.querySelectorAll('a') ?? [])]
  const at = links.indexOf(document.activeElement)
  if (event.key === 'Enter' && at < 0) {
    event.preventDefault()
    focusable(links[0])?.click()
    return
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step === undefined || links.length === 0) return
  event.preventDefault()
  focusable(links[(at + step + links.length) % links.length])?.focus()
}

const focusable = (one: Element | null | undefined) =>
  one instanceof HTMLElement ? one : undefined
