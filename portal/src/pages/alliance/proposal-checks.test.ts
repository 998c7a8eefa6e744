import assert from 'node:assert/strict'
import { it } from 'node:test'
import { algorithmByName, createSigner, encodeCoseKey, toBase64url } from '@openbsn/sdk'
import type { Check } from '../../parts/form-checks.ts'
import {
  checkLedgerId,
  checkModules,
  checkObject,
  checkPublicKey,
  checkShare,
  checkVersion,
} from './proposal-checks.ts'

const algorithm = algorithmByName('EdDSA')
assert.ok(algorithm)
const { key } = createSigner(algorithm, new Uint8Array(32))
const printed = toBase64url(encodeCoseKey(key))

const cases: readonly (readonly [Check, string, boolean])[] = [
  [checkObject, 'service/notes', true],
  [checkObject, ' credential/cred_22d43ad8065f91d5 ', true],
  [checkObject, `account/coin/0x${'aB'.repeat(20)}`, true],
  [checkObject, 'notes', false],
  [checkObject, 'service/<script>', false],
  [checkObject, 'account/coin/0x12', false],
  [checkShare, '2/3', true],
  [checkShare, '0/3', false],
  [checkShare, '66%', false],
  [checkVersion, '0.2.0', true],
  [checkVersion, 'v2', false],
  [checkLedgerId, `bsn1${'0'.repeat(40)}`, true],
  [checkLedgerId, 'bsn1', false],
  [checkModules, '', true],
  [checkModules, 'bsn:services=2, bsn:keys=1', true],
  [checkModules, 'services=2', false],
  [checkPublicKey, printed, true],
  [checkPublicKey, `${printed} `, true],
  [checkPublicKey, printed.slice(1), false],
  [checkPublicKey, 'AAAA', false],
  [checkPublicKey, '', false],
]

it('what is typed into a proposal is told to be what it must be', () => {
  for (const [check, text, isRight] of cases) assert.equal(!check(text), isRight, text)
})
