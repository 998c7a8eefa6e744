import { useSyncExternalStore } from 'react'

/** API keys that were made in this tab: in its memory alone, so that closing it forgets them. */

const kept = new Map<string, string>()
const listeners = new Set<() => void>()

const nameOf = (ledger: string, service: string) => `${ledger}/${service}`

export function keepKey(ledger: string, service: string, key: string): void {
  kept.set(nameOf(ledger, service), key)
  for (const one of listeners) one()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The key for a service; undefined where this tab has none. */
export function useKeptKey(ledger: string, service: string): string | undefined {
  return useSyncExternalStore(subscribe, () => kept.get(nameOf(ledger, service)))
}
