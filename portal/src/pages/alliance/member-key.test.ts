import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  algorithmByName,
  encodeCbor,
  type StateAnswer,
  thumbprint,
  toBase64url,
  toHex,
} from '@openbsn/sdk'
import { isKeyOfMember, readMemberKey } from './member-key.ts'

const algorithm = algorithmByName('EdDSA')
const secret = toBase64url(new Uint8Array(32).fill(7))
const key = { algorithm: 'EdDSA', secret }
const member = { format: 'openbsn-member-1', gateway: 'g', ledger: 'l', id: 'bob', key }
const profile = { format: 'openbsn-profile-1', member: { id: 'admin', ...key } }

describe('the file of a member', () => {
  it('gives who it is and what it signs with', () => {
    const raw = algorithm?.publicKeyOf(new Uint8Array(32).fill(7))
    for (const [file, id] of [
      [member, 'bob'],
      [profile, 'admin'],
    ] as const) {
      const read = readMemberKey(JSON.stringify(file))
      assert.equal(read?.id, id)
      assert.deepEqual(read?.signer.key.raw, raw)
    }
  })

  it('is nothing else', () => {
    const wrong = [
      { ...member, format: 'openbsn-participant-1' },
      { ...member, id: 7 },
      { ...member, key: undefined },
      { ...member, key: { ...key, algorithm: 'none' } },
      { ...member, key: { ...key, secret: 'AAAA' } },
      { ...member, key: { ...key, secret: '!' } },
      { ...profile, member: [] },
      { ...profile, format: 'openbsn-profile-2' },
      null,
      [member],
    ]
    for (const one of wrong) assert.equal(readMemberKey(JSON.stringify(one)), undefined)
    assert.equal(readMemberKey('<script>'), undefined)
  })
})

it('a key counts for the member that the ledger has it for', async () => {
  const read = readMemberKey(JSON.stringify(member))
  assert.ok(read)
  const kid = toHex(thumbprint(read.signer.key))
  const state = (owner: string | undefined) => ({
    state: async (asked: string) => {
      assert.equal(asked, `key/${kid}`)
      const value = owner && toBase64url(encodeCbor(new Map([['owner', owner]])))
      return { value: value ?? null } as StateAnswer
    },
  })
  assert.equal(await isKeyOfMember(state('member/bob'), read), true)
  assert.equal(await isKeyOfMember(state('member/eve'), read), false)
  assert.equal(await isKeyOfMember(state('operator/bob'), read), false)
  assert.equal(await isKeyOfMember(state(undefined), read), false)
})
