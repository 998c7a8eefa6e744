import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { SubmitOutcome } from '../../ledger/ledger.ts'
import { firstSigned } from './first-signed.ts'

const [a, b] = [Uint8Array.of(1), Uint8Array.of(2)]
const appended: SubmitOutcome = { outcome: 'appended', index: 0, height: 1 }
const duplicate: SubmitOutcome = { outcome: 'duplicate', index: 0, height: 1 }
const refused = (code: string): SubmitOutcome => ({ outcome: 'refused', code, detail: '' })

it('a request is of whoever signed what was verified, and of nobody whose copy was sent', () => {
  assert.equal(firstSigned([a, b], [appended, appended]), a)
  assert.equal(firstSigned([a, b], [duplicate, appended]), b)
  assert.equal(firstSigned([a, b], [duplicate, duplicate]), undefined)
  for (const code of ['SCOPE_MISSING', 'QUOTA_EXCEEDED', 'KEY_REVOKED', 'CREDENTIAL_FROZEN']) {
    assert.equal(firstSigned([a], [refused(code)]), a, code)
  }
  // Whoever made these up knows a key's name, and has no key.
  for (const code of ['SIGNATURE_INVALID', 'KEY_UNKNOWN', 'ALGORITHM_MISMATCH', 'CBOR_INVALID']) {
    assert.equal(firstSigned([a], [refused(code)]), undefined, code)
  }
})
