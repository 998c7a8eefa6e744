import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type ControlFields, type ControlName, isCodedError } from '@openbsn/sdk'
import { readCredential } from '../../services/credential-state.ts'
import { readParticipant } from '../../services/participant-state.ts'
import { keyOf } from '../../testing/ledger-world.ts'
import {
  createPortalWorld,
  type Person,
  type PortalWorld,
  password,
} from '../../testing/portal-world.ts'

const codeOf = (error: unknown) => (isCodedError(error) ? error.code : String(error))

describe('taking part in a service of another organisation', () => {
  let portal: PortalWorld
  let owner: Person
  let bank = ''
  let shop = ''
  const service = 'pledges'
  const part = { service, id: 'admin' }
  before(async () => {
    portal = await createPortalWorld()
    ;({ owner, bank } = await portal.founder())
    shop = (await owner.organisations.create('Shop')).id
    const roles = [['teller', ['put', 'get']]] as const
    await owner.act(bank, 'service-create', { id: service, framework: 'records', roles })
    await owner.stepUp({ password })
  })
  after(() => portal.close())

  const status = () => readParticipant(portal.world.ledger, service, 'admin')?.status
  async function told<A extends ControlName>(by: string, act: A, fields: ControlFields[A]) {
    return owner.act(by, act, fields).then(() => 'done', codeOf)
  }

  it('is for the one that asked first: others of the node do nothing in its name', async () => {
    assert.equal(
      await told(shop, 'participant-join', { ...part, expect: 1 }),
      'PARTICIPANT_OF_OTHERS',
    )
    const done = await owner.act(shop, 'participant-apply', { service, role: 'teller' })
    assert.equal(done.subject, 'participant/pledges/admin')
    assert.equal(status(), 'applied')
    const parts = await owner.organisations.participants(shop)
    assert.deepEqual(parts, [{ ledger: portal.world.id, ...part }])
    assert.deepEqual(await owner.organisations.participants(bank), [])
    // One operator signs for both, so the ledger would let it pass.
    const leave = { ...part, expect: 1 }
    assert.equal(await told(bank, 'participant-leave', leave), 'PARTICIPANT_OF_OTHERS')
    assert.equal(await told(bank, 'participant-apply', { service, role: 'teller' }), 'ACT_CONFLICT')
    assert.equal(await told(shop, 'participant-approve', leave), 'SERVICE_OF_OTHERS')
  })

  it('goes on from asking to leaving, and back', async () => {
    assert.equal(await told(bank, 'participant-reject', { ...part, expect: 1 }), 'done')
    assert.equal(await told(bank, 'participant-approve', { ...part, expect: 2 }), 'done')
    assert.equal(status(), 'active')
    assert.equal(await told(shop, 'participant-leave', { ...part, expect: 3 }), 'done')
    assert.equal(await told(shop, 'participant-join', { ...part, expect: 4 }), 'done')
    assert.equal(status(), 'active')
    const other = { service, id: 'another', expect: 1 }
    assert.equal(await told(shop, 'participant-join', other), 'PARTICIPANT_OF_OTHERS')
  })

  it('comes with credentials of its own, which the publisher stops and does not use', async () => {
    const fields = { service, label: 'x', keys: [keyOf('till')], participant: 'admin' }
    const till = { id: 'till', ...fields }
    assert.equal(await told(bank, 'credential-create', till), 'PARTICIPANT_OF_OTHERS')
    const plain = { id: 'till', service, label: 'x', keys: [keyOf('till')] }
    assert.equal(await told(shop, 'credential-create', plain), 'SERVICE_OF_OTHERS')
    assert.equal(await told(shop, 'credential-create', till), 'done')
    const next = { id: 'till', expect: 1, keys: [keyOf('till-2')], until: 0 }
    assert.equal(await told(bank, 'credential-rotate', next), 'PARTICIPANT_OF_OTHERS')
    assert.equal(await told(shop, 'credential-rotate', next), 'done')
    const move = (expect: number) => ({ id: 'till', expect })
    assert.equal(await told(bank, 'credential-freeze', move(2)), 'done')
    assert.equal(await told(bank, 'credential-unfreeze', move(3)), 'done')
    assert.equal(await told(shop, 'credential-revoke', move(4)), 'done')
    assert.equal(readCredential(portal.world.ledger, 'till')?.status, 'revoked')
    // What neither has is told as what is nowhere.
    assert.equal(
      await told(shop, 'credential-revoke', { id: 'no', expect: 1 }),
      'SERVICE_OF_OTHERS',
    )
  })
})
