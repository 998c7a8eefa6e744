import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  countVotes,
  decideVotes,
  proposalDigest,
  type VoteChoice,
  type VotingRules,
} from './tally.ts'

const rules: VotingRules = { quorum: [1, 2], threshold: [2, 3] }

/** Members of power 1 by their votes, `-` for none, such as `yn-`. */
function of(votes: string, subject?: string) {
  const choices: Record<string, VoteChoice> = { y: 'yes', n: 'no', a: 'abstain' }
  const voters = [...votes].map((one, i) => ({ id: `m${i}`, power: 1, choice: choices[one] }))
  return countVotes(voters, { subject })
}

const early = (votes: string, subject?: string) =>
  decideVotes(of(votes, subject), rules, { isOver: false })
const late = (votes: string, subject?: string) =>
  decideVotes(of(votes, subject), rules, { isOver: true })

describe('a decision', () => {
  it('takes two thirds of yes and no, exactly', () => {
    assert.equal(late('yyn'), 'passed')
    assert.equal(late('yynn'), 'rejected')
    assert.equal(late('yyyyyynnn'), 'passed')
    assert.equal(late('yyyyynnn'), 'rejected')
  })

  it('takes half of the power, abstentions included', () => {
    assert.equal(late('yy--'), 'passed')
    assert.equal(late('yy---'), 'rejected')
    assert.equal(late('yya--'), 'passed')
  })

  it('is there before the end only where no open vote can change it', () => {
    assert.equal(early('yy-'), 'passed')
    assert.equal(early('yy--'), undefined)
    assert.equal(early('yyy-'), 'passed')
    assert.equal(early('nn--'), 'rejected')
    assert.equal(early('n---'), undefined)
    assert.equal(early('aaa-'), 'rejected', 'one yes is not enough')
  })

  it('is made by no member alone, whatever its power, unless it is the only one', () => {
    const heavy = [
      { id: 'a', power: 1000, choice: 'yes' as const },
      { id: 'b', power: 1, choice: undefined },
    ]
    assert.equal(decideVotes(countVotes(heavy), rules, { isOver: false }), undefined)
    assert.equal(decideVotes(countVotes(heavy), rules, { isOver: true }), 'rejected')
    assert.equal(early('y'), 'passed')
    assert.equal(early('a'), 'rejected')
  })

  it('about new keys of a member is made by the others, against its power', () => {
    assert.equal(early('yyn', 'm2'), 'passed', 'the vote of who gets the keys does not count')
    assert.equal(early('yy--', 'm3'), undefined, 'a no of m2 would make it two of four')
    assert.equal(late('yyn-', 'm3'), 'rejected')
    assert.equal(early('yyy-', 'm3'), 'passed')
    assert.equal(early('y-', 'm1'), 'rejected')
  })
})

describe('the digest of a proposal', () => {
  it('changes with everything that a voter reads', () => {
    const text = { id: 'p', title: 't', reason: 'r', acts: [1], deadline: 5 }
    const others = [{ id: 'q' }, { title: '' }, { reason: '' }, { acts: [] }, { deadline: 6 }]
    const digests = [text, ...others.map((one) => ({ ...text, ...one }))].map(proposalDigest)
    assert.equal(new Set(digests.map(String)).size, 6)
  })
})
