import { useSyncExternalStore } from 'react'
import type { MemberKey } from './member-key.ts'

/** Keys of members that were chosen in this tab: in its memory alone, closing it forgets them. */

const kept = new Map<string, MemberKey>()
const listeners = new Set<() => void>()

/** Keeps a key for a ledger; `undefined` forgets it. */
export function keepMember(ledger: string, member: MemberKey | undefined): void {
  if (member) kept.set(ledger, member)
  else kept.delete(ledger)
  for (const one of listeners) one()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Who signs on a ledger; undefined where this tab has no key. */
export function useMember(ledger: string): MemberKey | undefined {
  return useSyncExternalStore(subscribe, () => kept.get(ledger))
}
