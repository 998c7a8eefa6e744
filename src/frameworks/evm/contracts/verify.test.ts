import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Hex } from 'viem'
import { compareCode } from './verify.ts'

/** Code of eight bytes, and metadata of solc's form: a CBOR map and its length. */
const codeOf = (body: string, hash = 'aa'): Hex => `0x${body}a1646970667341${hash}0008`

const compiled = (body: string) => ({
  deployedBytecode: codeOf(body),
  immutableReferences: [{ start: 2, length: 2 }],
  libraryReferences: [],
})

describe('compareCode', () => {
  const ours = compiled('6001000060025f00')

  it('tells the same code from the same with other metadata, and from another', () => {
    assert.equal(compareCode(ours, codeOf('6001000060025f00')), 'exact')
    assert.equal(compareCode(ours, codeOf('6001000060025f00', 'bb')), 'metadata differs')
    assert.equal(compareCode(ours, codeOf('6001000060035f00')), 'differs')
    assert.equal(compareCode(ours, codeOf('6001000060025f0000', 'bb')), 'differs')
  })

  it('does not compare what is filled in when a contract is made', () => {
    assert.equal(compareCode(ours, codeOf('6001123460025f00')), 'exact')
    assert.equal(compareCode(ours, codeOf('6001123460025f00', 'bb')), 'metadata differs')
    const linked = {
      ...ours,
      immutableReferences: [],
      libraryReferences: [{ start: 1, length: 1 }],
    }
    assert.equal(compareCode(linked, codeOf('60ff000060025f00')), 'exact')
    assert.equal(compareCode(linked, codeOf('60ff120060025f00')), 'differs')
    const library = compiled(`73${'00'.repeat(20)}301460`)
    assert.equal(compareCode(library, codeOf(`73${'ab'.repeat(20)}301460`)), 'exact')
  })

  it('takes anything for code of the chain', () => {
    for (const code of ['0x', '0x6', '0xzz', '0x00', '0xffff', `0x${'ff'.repeat(17)}`] as Hex[]) {
      assert.equal(compareCode(ours, code), 'differs', code)
    }
    const empty = {
      deployedBytecode: '0x',
      immutableReferences: [],
      libraryReferences: [],
    } as const
    assert.equal(compareCode(empty, '0x'), 'differs')
  })
})
