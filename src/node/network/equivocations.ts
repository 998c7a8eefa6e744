import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Equivocation } from '../../gateway/network-port.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Misbehavior } from '../../ledger/sequencers/cometbft/consensus.ts'

/** Validators that signed two blocks of one height, by their address in CometBFT. */
export interface Equivocations {
  /** The evidence is in a block: CometBFT verified it, and every node has it. */
  add(seen: Misbehavior): void
  of(address: string): Equivocation | undefined
}

/**
 * Kept in a file, so that a restart forgets nobody. One that cannot be read or written costs this
 * list, never the node: the evidence itself is in CometBFT's blocks.
 */
export function openEquivocations(file: string, clock: Clock): Equivocations {
  const known = new Map<string, Equivocation>(Object.entries(readDocument(file)))
  return {
    add: ({ address, height }) => {
      const before = known.get(address)
      // A block that is executed again after a restart.
      if (before && height <= before.last) return
      const times = (before?.times ?? 0) + 1
      const { first = height } = before ?? {}
      known.set(address, { first, last: height, times, seen: clock.nowSeconds() })
      writeDocument(file, Object.fromEntries(known))
    },
    of: (address) => known.get(address),
  }
}

function readDocument(file: string): Readonly<Record<string, Equivocation>> {
  try {
    return Object(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return {}
  }
}

function writeDocument(file: string, document: object): void {
  try {
    writeFileSync(`${file}.new`, `${JSON.stringify(document)}\n`, { mode: 0o600 })
    renameSync(`${file}.new`, file)
  } catch {
    // The disk is full: what is in memory is shown all the same.
  }
}
