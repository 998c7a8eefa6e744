import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { algorithmByName } from './algorithms.ts'
import type { CborMap, CborValue } from './cbor.ts'
import { carriedAct, controlAct, signControl } from './control.ts'
import { readVote, recountProposal } from './recount.ts'
import { createSigner } from './signer.ts'
import { proposalDigest, type VoteChoice } from './tally.ts'

const signer = createSigner(algorithmByName('EdDSA') ?? assert.fail(), new Uint8Array(32).fill(1))
const acts = [carriedAct(controlAct('alliance-stop', {}))]
const text = { id: 'p', title: 't', reason: 'r', acts, deadline: 1_700_009_000 }
const digest = proposalDigest(text)

function proposal(votes: [string, VoteChoice][], status = 'open'): CborMap {
  return new Map<string, CborValue>([
    ...Object.entries({ title: 't', reason: 'r', acts, deadline: text.deadline, status }),
    ['quorum', [1, 2]],
    ['threshold', [2, 3]],
    ['votes', votes.map(([member, choice], i): CborValue => [member, choice, i])],
  ])
}

const vote = (member: string, choice: VoteChoice) => ({ proposal: 'p', member, choice, digest })

describe('a recount', () => {
  it('reads votes from their statements, and nothing else', async () => {
    const sender = { ledger: 'bsn1aa', iss: 'bob', signer, nowSeconds: 1_700_000_000 }
    const cast = controlAct('alliance-vote', { id: 'p', choice: 'abstain', digest })
    assert.deepEqual(readVote(await signControl(cast, sender)), vote('bob', 'abstain'))
    const odd = controlAct('alliance-vote', { id: 'p', choice: 'maybe' as never, digest })
    assert.equal(readVote(await signControl(odd, sender)), undefined)
    const close = controlAct('alliance-close', { id: 'p' })
    assert.equal(readVote(await signControl(close, sender)), undefined)
    assert.equal(readVote(Uint8Array.of(1)), undefined)
  })

  it('counts by the powers of now while a proposal is open, by those of then later', () => {
    const powers = new Map([
      ['a', 1],
      ['b', 1],
      ['c', 5],
    ])
    const votes = [vote('a', 'yes'), vote('b', 'yes')]
    const open = proposal([
      ['a', 'yes'],
      ['b', 'yes'],
    ])
    assert.equal(recountProposal('p', open, { votes, powers }).decision, undefined)
    const counted = new Map(open).set('counted', [
      ['a', 1, 'yes'],
      ['b', 1, 'yes'],
    ])
    const said = recountProposal('p', counted.set('status', 'executed'), { votes, powers })
    assert.deepEqual([said.decision, said.wrong], ['passed', undefined])
  })
})
