import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type CborValue, sha256, utf8 } from '@openbsn/sdk'
import { keyOf, LedgerWorld, resultOf } from '../../src/testing/ledger-world.ts'
import { namedSigner } from '../../src/testing/named-signer.ts'
import { verifyRules } from './rules-verify.ts'

/** Chance seldom makes these in the model test: each has one thing wrong, and nothing else. */

let world: LedgerWorld
let written = 0

/** A credential that only city nodes write for: it has no key of its own. */
const make = (id: string, more: Record<string, CborValue>) => {
  const apiKeys: CborValue = [[sha256(utf8(id)), '…abcd']]
  const fields = { id, label: id, keys: [], apiKeys, operators: ['admin'], ...more }
  return world.done('credential-create', { service: 'points', ...fields })
}

/** Signed by a city node of `admin` for a credential. */
const byNode = (credential: string, sub = 'points') => {
  const claims = { iss: 'admin', sub, credential, signer: namedSigner('node') }
  return world.record(`${written++}`, claims)
}

/** The ledger refuses a statement, and so does its verifier in the place where it would stand. */
async function refusedByBoth(statement: Uint8Array, wanted: string): Promise<void> {
  const { firstIndex, count, height } = world.ledger.head
  const code = resultOf(await world.submitOne(statement)) ?? ''
  assert.equal(code, wanted)
  const at = { index: firstIndex + count, height: height + 1, time: world.clock.now }
  verifyRules(world, [{ statement, code, ...at }], 'a city node signs')
}

describe('a city node that signs for a credential', () => {
  before(async () => {
    world = await LedgerWorld.create()
    await world.done('operator-key-register', { key: keyOf('node') })
    for (const [id, keyMode] of [
      ['points', 'key-trust'],
      ['uploads', 'public-key-upload'],
    ] as const) {
      await world.done('service-create', { id, framework: 'records', keyMode })
    }
    await make('shop', {})
    await make('stranger', { operators: [] })
    await make('uploader', { service: 'uploads' })
  })
  after(() => world.remove())

  it('is believed by ledger and verifier in a service of key-trust', async () => {
    assert.equal(resultOf(await world.submitOne(await byNode('shop'))), 'appended')
    verifyRules(world, [], 'a city node signs')
  })

  it('is refused by both where the writers keep their own keys', async () => {
    await refusedByBoth(await byNode('uploader', 'uploads'), 'NOT_ALLOWED')
  })

  it('is refused by both where the credential does not name its operator', async () => {
    await refusedByBoth(await byNode('stranger'), 'NOT_ALLOWED')
  })

  it('is refused by both where the credential is of another service', async () => {
    await refusedByBoth(await byNode('uploader'), 'NOT_ALLOWED')
  })
})
