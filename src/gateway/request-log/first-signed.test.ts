import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { AuthorityFields } from '../../crypto/check-messages.ts'
import type { SubmitOutcome } from '../../ledger/ledger.ts'
import { firstSigned } from './first-signed.ts'

const of = (kid: string): AuthorityFields => {
  const rest = { contentType: 'text/plain', iss: 'i', sub: 's', aud: 'a' }
  return { kid, algorithm: -8, ...rest }
}
const [a, b] = [of('a'), of('b')]
const entry = { index: 0, height: 1 }
const appended = (authority: AuthorityFields) =>
  ({ outcome: 'appended', ...entry, authority }) as const
const duplicate = (authority: AuthorityFields) =>
  ({ outcome: 'duplicate', ...entry, authority }) as const
const refused = (code: string): SubmitOutcome => ({ outcome: 'refused', code, detail: '' })

it('a request is of whoever signed what was verified, and of nobody whose copy was sent', () => {
  assert.equal(firstSigned([appended(a), appended(b)]), a)
  assert.equal(firstSigned([duplicate(a), appended(b)]), b)
  assert.equal(firstSigned([duplicate(a), duplicate(b)]), undefined)
  for (const code of ['SCOPE_MISSING', 'QUOTA_EXCEEDED', 'KEY_REVOKED', 'CREDENTIAL_FROZEN']) {
    assert.equal(firstSigned([{ ...refused(code), authority: a }]), a, code)
  }
  // Whoever made it up knows a key's name, and has no key; or took it from another ledger.
  assert.equal(firstSigned([refused('SIGNATURE_INVALID')]), undefined)
  assert.equal(firstSigned([{ ...refused('LEDGER_MISMATCH'), authority: a }]), undefined)
})
