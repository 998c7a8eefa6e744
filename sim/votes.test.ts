import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { twoThirds, type Vote, VoteBook } from './votes.ts'

const vote = (validator: number, id: string | null, more: Partial<Vote> = {}): Vote => ({
  ...{ kind: 'prevote', height: 1, round: 0, id, validator, extension: new Uint8Array() },
  ...more,
})

function bookOf(votes: readonly Vote[], powers: readonly number[] = [1, 1, 1, 1]): VoteBook {
  const book = new VoteBook(powers, twoThirds)
  for (const one of votes) book.add(one)
  return book
}

describe('votes', () => {
  it('decide with more than two thirds of the power, not with just so much', () => {
    const three = [vote(0, 'a'), vote(1, 'a'), vote(2, 'a')]
    assert.equal(bookOf(three).decision('prevote', 0), 'a')
    assert.equal(bookOf(three.slice(1)).decision('prevote', 0), undefined)
    assert.equal(bookOf(three.slice(1), [1, 1, 1]).decision('prevote', 0), undefined)
    assert.equal(bookOf(three.slice(1), [1, 3, 3, 1]).decision('prevote', 0), 'a')
    assert.equal(bookOf(three).decision('precommit', 0), undefined)
    assert.equal(bookOf(three).decision('prevote', 1), undefined)
  })

  it('may be a quorum together and decide nothing, or decide for none', () => {
    const split = bookOf([vote(0, 'a'), vote(1, 'b'), vote(2, null)])
    assert.equal(split.decision('prevote', 0), undefined)
    assert.equal(split.hasQuorum('prevote', 0), true)
    const nil = bookOf([vote(0, null), vote(1, null), vote(2, null)])
    assert.equal(nil.decision('prevote', 0), null)
  })

  it('count once for a block, however often they come', () => {
    const book = bookOf([vote(0, 'a'), vote(0, 'a'), vote(1, 'a')])
    assert.equal(book.decision('prevote', 0), undefined)
    assert.equal(book.all().length, 2)
    const twice = bookOf([vote(0, 'a'), vote(0, 'b'), vote(1, 'a'), vote(2, 'b')])
    assert.equal(twice.hasQuorum('prevote', 0), true)
    assert.equal(twice.decision('prevote', 0), undefined)
  })

  it('call into a later round once more than a third is there', () => {
    const later = { round: 4 }
    assert.equal(bookOf([vote(0, null, later)]).roundOfOthers(0), undefined)
    const two = bookOf([vote(0, null, later), vote(1, 'a', { ...later, kind: 'precommit' })])
    assert.equal(two.roundOfOthers(0), 4)
    assert.equal(two.roundOfOthers(4), undefined)
  })
})
