import { useNavigate } from '@tanstack/react-router'
import { useEffect, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { Dialog } from '../parts/dialog.tsx'
import { LedgerProvider } from './ledger.tsx'
import { SearchDialog } from './search-dialog.tsx'

type Overlay = 'search' | 'shortcuts'

const listeners = new Set<() => void>()
let open: Overlay | undefined

/** Opens search or the list of shortcuts over the page; `undefined` closes what is open. */
export function openOverlay(overlay: Overlay | undefined): void {
  open = overlay
  for (const one of listeners) one()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Keys that go somewhere, after `g`. */
const ways = {
  h: '/',
  e: '/explore',
  s: '/services',
  n: '/nodes',
  a: '/alliance',
  r: '/receipt',
  d: '/docs',
} as const
const isWay = (key: string): key is keyof typeof ways => Object.hasOwn(ways, key)

/** What is opened by keys, from anywhere. */
export function Overlays() {
  const { t } = useTranslation()
  const shown = useSyncExternalStore(subscribe, () => open)
  useShortcuts()
  const close = () => openOverlay(undefined)
  return (
    <>
      <Dialog title={t('search.title')} isOpen={shown === 'search'} onClose={close} place="top">
        <LedgerProvider>
          <SearchDialog onDone={close} />
        </LedgerProvider>
      </Dialog>
      <Dialog title={t('shortcuts.title')} isOpen={shown === 'shortcuts'} onClose={close}>
        <ShortcutList />
      </Dialog>
    </>
  )
}

/** Whether keys are text just now. */
function isTyping({ target }: KeyboardEvent): boolean {
  return (
    target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]')
  )
}

function useShortcuts(): void {
  const navigate = useNavigate()
  useEffect(() => {
    let isGoing = false
    const onKey = (event: KeyboardEvent) => {
      const wasGoing = isGoing
      isGoing = false
      if (isSearchKey(event)) {
        event.preventDefault()
        openOverlay('search')
      } else if (isPlain(event)) {
        isGoing = event.key === 'g'
        if (wasGoing && isWay(event.key)) void navigate({ to: ways[event.key] })
        if (openByKey(event.key)) event.preventDefault()
      }
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [navigate])
}

const isSearchKey = ({ key, ctrlKey, metaKey }: KeyboardEvent) =>
  key.toLowerCase() === 'k' && (ctrlKey || metaKey)

/** A key that is neither text nor the browser's, with nothing over the page. */
function isPlain(event: KeyboardEvent): boolean {
  const { ctrlKey, metaKey, altKey } = event
  return !(ctrlKey || metaKey || altKey || isTyping(event) || open)
}

/** Whether it opened something. */
function openByKey(key: string): boolean {
  const overlay = ({ '/': 'search', '?': 'shortcuts' } as const)[key]
  if (overlay) openOverlay(overlay)
  return overlay !== undefined
}

const shortcuts = [
  ['search', ['/', 'Ctrl K']],
  ['shortcuts', ['?']],
  ['home', ['g h']],
  ['explore', ['g e']],
  ['services', ['g s']],
  ['nodes', ['g n']],
  ['alliance', ['g a']],
  ['receipt', ['g r']],
  ['docs', ['g d']],
  ['rows', ['↑', '↓']],
  ['close', ['Esc']],
] as const

function ShortcutList() {
  const { t } = useTranslation()
  return (
    <dl className="shortcuts">
      {shortcuts.map(([name, keys]) => (
        <div key={name}>
          <dt>{t(`shortcuts.${name}`)}</dt>
          <dd>
            {keys.map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  )
}
