import assert from 'node:assert/strict'
import { it } from 'node:test'
import { toBase64url } from '@openbsn/sdk'
import {
  checkParticipantId,
  checkPublicKey,
  linkTokenOf,
  newParticipantKey,
  participantFile,
  publicKeyBytes,
  publicKeyOf,
  readLinkToken,
} from './participant-key.ts'

it('a link of an invitation is read as it was made, and nothing else is', () => {
  const key = newParticipantKey('shop-2')
  assert.deepEqual(readLinkToken(linkTokenOf(key)), key)
  for (const token of ['', 'main', 'shop.x', `Shop.${'A'.repeat(43)}`, `${linkTokenOf(key)}A`]) {
    assert.equal(readLinkToken(token), undefined, token)
  }
})

it('a public key is what the command line prints, or none', () => {
  const bytes = publicKeyOf(newParticipantKey('shop'))
  assert.deepEqual(publicKeyBytes(` ${toBase64url(bytes)} `), bytes)
  const faults = [toBase64url(bytes), '', 'no key', 'AAAA', 'x'.repeat(513)].map(checkPublicKey)
  assert.deepEqual(
    faults.map((one) => one?.what),
    [undefined, undefined, 'publicKey', 'publicKey', 'long'],
  )
})

it('a participant is called as the ledger allows', () => {
  const faults = ['shop_2', ' shop ', '', 'x', 'Shop', '-shop', '商店', 'x'.repeat(64)]
  assert.deepEqual(
    faults.map((one) => checkParticipantId(one)?.what),
    [undefined, undefined, 'empty', ...Array(4).fill('participant'), 'long'],
  )
})

it('the file of a participant has all that the command line wants', () => {
  const place = { gateway: 'http://localhost', ledger: 'bsn1x', service: 'flights' }
  const file = JSON.parse(participantFile(newParticipantKey('shop'), place))
  assert.deepEqual(Object.keys(file), ['format', 'gateway', 'ledger', 'service', 'id', 'key'])
  assert.deepEqual([file.key.algorithm, file.key.secret.length], ['EdDSA', 43])
})
