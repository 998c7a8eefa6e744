import { useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
let said = ''
let turn = 0

/** Has screen readers say something, politely; the same text again is said again. */
export function announce(text: string): void {
  turn++
  // Without a change nothing is said: a space that is not heard makes one.
  said = turn % 2 === 0 ? `${text}\u00a0` : text
  for (const one of listeners) one()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Where it is said: one place for the whole page. */
export function LiveRegion() {
  const text = useSyncExternalStore(subscribe, () => said)
  return (
    <div className="unseen" role="status" aria-live="polite">
      {text}
    </div>
  )
}
