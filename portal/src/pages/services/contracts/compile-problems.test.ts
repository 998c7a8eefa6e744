import assert from 'node:assert/strict'
import { it } from 'node:test'
import { problemsOf } from './compile-problems.ts'

it('problems of a compiler are taken to their places', () => {
  const text = 'ParserError: Expected primary expression: a.b'
  const message = `The sources do not compile.\ntokens/A.sol:2:23: ${text}\nA.sol: gone\nno place`
  assert.deepEqual(problemsOf(message), [
    { text, place: { file: 'tokens/A.sol', line: 2, column: 23 } },
    { text: 'A.sol: gone' },
    { text: 'no place' },
  ])
  assert.deepEqual(problemsOf('The sources do not compile.'), [])
})
