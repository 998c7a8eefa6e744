import { emptyStateRoot } from '@openbsn/sdk'
import { decodePage, encodePage, type Page } from '../../src/ledger/state/state-page.ts'
import { planState, type StateChanges } from '../../src/ledger/state/state-tree.ts'

/** The tree's pages as the ledger stores them: as bytes, by place; and what the state then is. */
export class StatePages {
  readonly stored = new Map<string, Buffer>()
  readonly values = new Map<string, Uint8Array>()
  root: Uint8Array = emptyStateRoot

  page(place: string): Page | undefined {
    const bytes = this.stored.get(place)
    return bytes && decodePage(bytes)
  }

  apply(changes: StateChanges): void {
    const plan = planState(changes, this)
    for (const [place, page] of plan.pages) {
      if (page) this.stored.set(place, encodePage(page))
      else this.stored.delete(place)
    }
    for (const [key, value] of changes) {
      if (value) this.values.set(key, value)
      else this.values.delete(key)
    }
    this.root = plan.root
  }
}
