import { equalBytes } from '@openbsn/sdk'
import type { Block } from '../../ledger.ts'
import type { AbciHandlers } from './abci-server.ts'

type SnapshotCall = 'listSnapshots' | 'offerSnapshot' | 'loadSnapshotChunk' | 'applySnapshotChunk'

/** What CometBFT is answered about a snapshot, or a chunk of it. */
const [accepted, rejected] = [1, 3]

/**
 * Snapshots go from a gateway to who joins (ADR 0030): CometBFT gives none to others, and takes
 * none but that of the block which is the last one of the ledger already.
 */
export function snapshotHandlers(head: () => Block): Pick<AbciHandlers, SnapshotCall> {
  return {
    listSnapshots: () => ({ snapshots: [] }),
    offerSnapshot: ({ snapshot, appHash }) => {
      const isHead = Number(snapshot?.height) === head().height
      return { result: isHead && equalBytes(appHash, head().appHash) ? accepted : rejected }
    },
    loadSnapshotChunk: () => ({ chunk: new Uint8Array() }),
    applySnapshotChunk: () => ({ result: accepted }),
  }
}
