import { assert } from '../kernel/assert.ts'
import type { LedgerStore } from '../ledger/ledger-store.ts'
import { Usage } from '../metering/usage.ts'

/** The counters of a ledger, beside its lists. */
export function openUsage(
  folder: string,
  store: LedgerStore,
  { size, onFailure }: { readonly size: () => number; readonly onFailure: (error: Error) => void },
): Usage {
  const timeOf = (height: number) => {
    const block = store.block(height)
    assert(block !== undefined, 'an entry is in a block')
    return block.time
  }
  const source = { size, entriesFrom: (from: number) => store.entriesFrom(from), timeOf }
  return new Usage({ folder }, { source, onFailure })
}
