import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  algorithmByName,
  createSigner,
  isCodedError,
  keysFromPem,
  toPem,
  utf8,
  verifyReceipts,
} from '@openbsn/sdk'
import { createBlock } from './sample-block.ts'

const edDsa = algorithmByName('EdDSA') ?? assert.fail()
const validator = createSigner(edDsa, new Uint8Array(32).fill(1))
const issuer = createSigner(edDsa, new Uint8Array(32).fill(2))
const keys = keysFromPem(toPem(validator.key))

function accepted(statement: Uint8Array, receipt: Uint8Array): boolean {
  try {
    verifyReceipts(statement, [receipt], keys)
    return true
  } catch (error) {
    // Whatever the bytes: a code, never a crash.
    assert.ok(isCodedError(error), String(error))
    return false
  }
}

/** Every one of the bits in turn. */
function* flips(bytes: Uint8Array): Generator<Uint8Array> {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const copy = bytes.slice()
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    yield copy
  }
}

describe('a statement and its receipt', async () => {
  const payloads = ['on time', 'late', 'cancelled'].map(utf8)
  const block = await createBlock({ payloads, issuer, validator })
  const statement = block.statements[1] ?? assert.fail()
  const receipt = block.receipt(1)

  it('hold together', () => assert.ok(accepted(statement, receipt)))

  it('fail with any one bit of the statement flipped', () => {
    let bit = 0
    for (const changed of flips(statement)) assert.ok(!accepted(changed, receipt), `bit ${bit++}`)
  })

  it('fail with any one bit of the receipt flipped', () => {
    let bit = 0
    for (const changed of flips(receipt)) assert.ok(!accepted(statement, changed), `bit ${bit++}`)
  })

  it('fail cut short, or with a byte too many', () => {
    for (let length = 0; length < receipt.length; length++) {
      assert.ok(!accepted(statement, receipt.subarray(0, length)), `${length} bytes`)
    }
    assert.ok(!accepted(statement, Uint8Array.of(...receipt, 0)))
    assert.ok(!accepted(Uint8Array.of(...statement, 0), receipt))
    assert.ok(!accepted(statement, block.receipt(0)), 'the receipt of another entry')
  })
})
