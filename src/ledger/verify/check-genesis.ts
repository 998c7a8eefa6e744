import { CodedError } from '@openbsn/sdk'
import { blockSignedBytes } from './block-form.ts'
import { decode } from './cbor.ts'
import { readEntry } from './entry-form.ts'
import { reasonOf, wrong } from './finding.ts'
import { emptyLogRoot } from './hashes.ts'
import { blockAt } from './read-chunks.ts'
import { Replay } from './replay.ts'
import type { Snapshot } from './snapshot.ts'

/** Format of the store that this code knows. */
const storeFormat = 1

/**
 * Genesis, and the state that it makes as block 0. That it is the right one is known by its hash,
 * the ledger's id: `expected`, and what entries and validators signed.
 * @throws VERIFY_GENESIS_WRONG, VERIFY_BLOCK_WRONG, VERIFY_NEWER
 */
export function checkGenesis(snapshot: Snapshot, expected: string | undefined): Replay {
  requireFormat(snapshot)
  const bytes = snapshot.meta.get('genesis')
  if (!bytes) throw wrong('genesis', 'document', 'it is missing')
  const replay = replayOf(bytes)
  if (expected !== undefined && replay.ledger !== expected) {
    throw wrong('genesis', 'document', `its hash is ${replay.ledger}, the ledger ${expected}`)
  }
  const named = namedByFirstEntry(snapshot)
  if (named !== undefined && named !== replay.ledger && !isSignedFor(snapshot, replay)) {
    throw wrong('genesis', 'document', `its hash is ${replay.ledger}, its entries are for ${named}`)
  }
  requireGenesisBlock(snapshot, replay)
  return replay
}

function requireFormat({ meta }: Snapshot): void {
  const format = number(meta.get('format'))
  if (format === storeFormat) return
  if (format !== undefined && format > storeFormat) {
    const message = `The store has format ${format}; this version knows format ${storeFormat}.`
    throw new CodedError('VERIFY_NEWER', message)
  }
  throw wrong('genesis', 'format', 'it is missing or unknown')
}

/** A number that is stored by itself; undefined where it is none. */
export function number(bytes: Buffer | undefined): number | undefined {
  try {
    const item = bytes && decode(bytes)
    return typeof item === 'number' ? item : undefined
  } catch {
    return undefined
  }
}

function replayOf(genesis: Buffer): Replay {
  try {
    return new Replay(genesis)
  } catch (error) {
    throw wrong('genesis', 'document', reasonOf(error))
  }
}

/** The ledger that entry 0 is made out to, where it can be read. */
function namedByFirstEntry({ entries }: Snapshot): string | undefined {
  try {
    const chunk = entries.get(0)
    if (!chunk) return undefined
    const start = 12 + 4 * chunk.readUInt32BE(8)
    return readEntry(chunk.subarray(start, chunk.readUInt32BE(12))).aud
  } catch {
    return undefined
  }
}

/** True where a validator of this genesis signed block 1 of just this ledger. */
function isSignedFor(snapshot: Snapshot, replay: Replay): boolean {
  try {
    const block = blockAt(snapshot, 1)
    return block.signatures.some((one) => {
      const { key } = replay.validatorsAt(1).find(({ kid }) => kid.equals(one.kid)) ?? {}
      return key?.holds(blockSignedBytes(replay.ledger, block, one), one.signature) ?? false
    })
  } catch {
    return false
  }
}

function requireGenesisBlock(snapshot: Snapshot, replay: Replay): void {
  const { height, time, firstIndex, count, logRoot, stateRoot, signatures } = blockAt(snapshot, 0)
  const isEmpty = height === 0 && firstIndex === 0 && count === 0 && signatures.length === 0
  if (!isEmpty || time !== replay.time || !logRoot.equals(emptyLogRoot)) {
    throw wrong('block', 0, 'it is not the one that genesis makes')
  }
  if (!stateRoot.equals(replay.state.root())) {
    throw wrong('block', 0, 'its state root is not that of genesis')
  }
}
