import type { CborValue } from '@openbsn/sdk'
import { keyOf } from '../../src/testing/ledger-world.ts'
import { carried } from '../../src/testing/voters.ts'
import type { Chance } from './rules-chance.ts'
import type { Deed, VotesModel } from './votes-model.ts'

/** What is put to the vote, by chance; mostly what can be done. */

/** Everybody but the founder, `admin`. */
export const ids = ['bob', 'eve', 'kim', 'lea'] as const

export function chooseDeed(model: VotesModel, { prng, oneIn, oneOf, pick }: Chance): Deed {
  const id = oneIn(8) ? oneOf('admin', ...ids) : pick(model.present, 'admin')
  const expect = (model.members.get(id)?.version ?? 1) + (oneIn(12) ? 1 : 0)
  if (model.present.length < 4 && oneIn(3)) {
    const absent = ids.filter((one) => !model.members.has(one))
    return { does: 'admit', id: pick(absent, 'bob'), power: prng.int(1, 3) }
  }
  const shares = [
    [2, 3],
    [3, 5],
    [1, 1],
  ] as const
  return oneOf<Deed>(
    { does: 'remove', id, expect },
    { does: 'power', id, expect, power: prng.int(1, 5) },
    { does: 'replace', id, expect },
    { does: 'stop' },
    { does: 'resume' },
    {
      does: 'rules',
      expect: model.alliance.version + (oneIn(12) ? 1 : 0),
      threshold: pick(shares, shares[0]),
    },
  )
}

/** A deed as a proposal carries it. */
export function encodedDeed(deed: Deed, model: VotesModel): CborValue {
  if (deed.does === 'stop' || deed.does === 'resume') return carried(`alliance-${deed.does}`, {})
  if (deed.does === 'rules') {
    return carried('alliance-rules', { expect: deed.expect, threshold: [...deed.threshold] })
  }
  const { does, ...fields } = deed
  if (does === 'admit') {
    return carried('alliance-admit', { ...fields, name: deed.id, key: keyOf(deed.id) })
  }
  if (does !== 'replace') return carried(`alliance-${does}`, fields)
  const next = (model.members.get(deed.id)?.generation ?? 0) + 1
  return carried('alliance-replace-key', { ...fields, key: keyOf(model.keyOf(deed.id, next)) })
}
