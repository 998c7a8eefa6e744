import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isCodedError } from '@openbsn/sdk'
import { testStatement } from '../../../testing/gateway.ts'
import { createMemoryLedger } from '../../../testing/memory-ledger.ts'
import { testPrng } from '../../../testing/seed.ts'
import { registeredForm } from './registered-form.ts'

/** Where the unprotected header of this statement stands, and the statement. */
async function sample() {
  const statement = await testStatement(createMemoryLedger(), 'a')
  // 0xd2 0x84, the head of the protected header with one length byte or two, its bytes.
  const wide = statement[2] === 0x59
  const length = wide ? ((statement[3] ?? 0) << 8) | (statement[4] ?? 0) : (statement[3] ?? 0)
  const at = (wide ? 5 : 4) + length
  assert.equal(statement[at], 0xa0)
  const withHeader = (...header: readonly number[]) =>
    Uint8Array.of(...statement.subarray(0, at), ...header, ...statement.subarray(at + 1))
  return { statement, at, withHeader }
}

const codeOf = (bytes: Uint8Array) => {
  try {
    registeredForm(bytes)
  } catch (error) {
    assert.ok(isCodedError(error), String(error))
    return error.code
  }
  return undefined
}

describe('registeredForm', () => {
  it('empties the unprotected header, whatever well-formed CBOR it holds', async () => {
    const { statement, withHeader } = await sample()
    assert.equal(registeredForm(statement), statement)
    const headers = [
      [0xa1, 0x19, 0x01, 0x8a, 0x81, 0x42, 1, 2], // {394: [h'0102']}: a receipt.
      [0xbf, 0x01, 0xf9, 0x3c, 0x00, 0xff], // Indefinite, with a float.
      [0xa2, 0x20, 0x5f, 0x41, 9, 0x41, 8, 0xff, 0x01, 0xc1, 0x1a, 0, 0, 0, 1], // Out of order.
      [0xb8, 1, 0x01, 0x78, 1, 0x61], // Heads longer than they need be.
    ]
    for (const header of headers) {
      assert.deepEqual(registeredForm(withHeader(...header)), statement, String(header))
    }
  })

  it('refuses what is no map, ends early or nests without end', async () => {
    const { statement, at, withHeader } = await sample()
    for (const header of [[0x80], [0xf6], [0x40]]) {
      assert.equal(codeOf(withHeader(...header)), 'CBOR_MALFORMED', String(header))
    }
    const bomb = [0xa1, 1, ...Array.from({ length: 40 }, () => 0x81), 1]
    assert.equal(codeOf(withHeader(...bomb)), 'CBOR_TOO_DEEP')
    const endless = [0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
    assert.equal(codeOf(Uint8Array.of(...statement.subarray(0, at), ...endless)), 'CBOR_MALFORMED')
    const long = [0xa1, 1, 0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
    assert.equal(codeOf(Uint8Array.of(...statement.subarray(0, at), ...long)), 'CBOR_MALFORMED')
    assert.equal(codeOf(withHeader(0xa1, 1, 0x1c)), 'CBOR_MALFORMED')
    const cut = withHeader(0xbf, 1, 0x82, 0x19, 1, 2, 0x5f, 0x41, 1, 0xff, 0xff)
    for (let end = 0; end < at + 11; end++) {
      assert.notEqual(codeOf(cut.subarray(0, end)), undefined, `cut at ${end}`)
    }
    assert.equal(codeOf(withHeader(0xa0, 0xf6)), 'PAYLOAD_DETACHED')
  })

  it('never throws anything but a code, over random headers', async () => {
    const { at, withHeader } = await sample()
    const prng = testPrng()
    for (let round = 0; round < 3000; round++) {
      const header = Array.from({ length: prng.int(0, 12) }, () => prng.int(0, 255))
      const bytes = withHeader(0xa1, ...header)
      const code = codeOf(bytes)
      if (code !== undefined) continue
      const form = registeredForm(bytes)
      assert.equal(form[at], 0xa0, `seed ${prng.seed}, round ${round}`)
      assert.ok(form.length < bytes.length, `seed ${prng.seed}, round ${round}`)
    }
  })
})
