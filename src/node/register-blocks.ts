import { encodeCbor, sha256 } from '@openbsn/sdk'
import type { RegisterRange } from '../frameworks/blocks/range-registrar.ts'
import { assert } from '../kernel/assert.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { type Member, signAct } from './member.ts'

export type RegisterBlocksDeps = {
  readonly ledger: Pick<Ledger, 'id' | 'submit'>
  readonly clock: Clock
}

/** Signs what a range of blocks has, so that a try that is repeated is the same act. */
export function registerBlocks(
  operator: Member,
  { ledger, clock }: RegisterBlocksDeps,
): RegisterRange {
  return async (range) => {
    const cti = sha256(encodeCbor(new Map(Object.entries(range)))).subarray(0, 16)
    const act = { name: 'blocks-register', sub: 'bsn:blocks', payload: range, cti }
    const [outcome] = await ledger.submit([await signAct(act, operator, { ledger, clock })])
    assert(outcome !== undefined, 'one statement has one outcome')
    return outcome
  }
}
