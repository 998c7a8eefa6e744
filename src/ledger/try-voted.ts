import { type CborMap, decodeCbor } from '@openbsn/sdk'
import type { Refusal } from '../crypto/check-statement.ts'
import { assert } from '../kernel/assert.ts'
import { sizeAfter } from './blocks.ts'
import type { Block } from './ledger.ts'
import { type Module, type VotedAct, votersOwner } from './modules/module.ts'
import { StateOverlay, type StateReader } from './state/state-view.ts'
import { votedActs } from './voted-acts.ts'

/** One object of the state, before and after acts that were only tried. */
export type TriedChange = {
  readonly key: string
  readonly before: CborMap | undefined
  readonly after: CborMap | undefined
}

/** What acts of a proposal would do in the block after `head`. Nothing is kept of it. */
export function tryVoted(
  acts: readonly VotedAct[],
  {
    modules,
    state,
    head,
  }: {
    readonly modules: ReadonlyMap<string, Module>
    readonly state: StateReader
    readonly head: Block
  },
): readonly TriedChange[] | Refusal {
  const place = { height: head.height + 1, index: sizeAfter(head), time: head.time, exp: head.time }
  const nobody = { contentType: '', payload: new Map(), owner: votersOwner, kid: '' }
  const voted = votedActs(modules, { ...place, ...nobody })
  const overlay = new StateOverlay(state)
  for (const act of acts) {
    const refusal = voted.run(act, overlay)
    if (refusal) return refusal
  }
  return [...overlay.changes].map(([key, after]) => ({
    key,
    before: mapIn(state.get(key)),
    after: mapIn(after ?? undefined),
  }))
}

function mapIn(bytes: Uint8Array | undefined): CborMap | undefined {
  const value = bytes && decodeCbor(bytes)
  assert(value === undefined || value instanceof Map, 'an object of the state is a map')
  return value
}
