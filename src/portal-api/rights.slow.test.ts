import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ControlFields } from '@openbsn/sdk'
import { keyOf } from '../testing/ledger-world.ts'
import {
  createPortalWorld,
  invited,
  type Person,
  type PortalWorld,
  password,
} from '../testing/portal-world.ts'
import {
  type ActName,
  actRights,
  isDangerous,
  isOfNode,
  type Role,
  roles,
  rolesWith,
} from './rights.ts'

const codeOf = (error: unknown) => (error as { code?: string }).code ?? String(error)

/** Fields that a ledger refuses as stale: who is told that came as far as the ledger. */
const stale = { id: 'flights', expect: 99 }
const ofService = { service: 'flights', id: 'nobody', expect: 99 }
const address = new Uint8Array(20)
const fieldsOf: { [A in ActName]: ControlFields[A] } = {
  'service-create': { id: 'flights', framework: 'records' },
  'service-update': stale,
  'service-submit': stale,
  'service-freeze': stale,
  'service-unfreeze': stale,
  'service-retire': stale,
  'participant-invite': { service: 'flights', id: 'x', role: 'nobody', key: keyOf('x') },
  'participant-approve': ofService,
  'participant-reject': ofService,
  'participant-remove': ofService,
  'participant-apply': { service: 'flights', role: 'nobody' },
  'participant-join': ofService,
  'participant-leave': ofService,
  'credential-create': { id: 'desk', service: 'flights', label: 'x', keys: [] },
  'credential-rotate': { id: 'desk', expect: 99, keys: [keyOf('y')], until: 0 },
  'credential-freeze': { id: 'desk', expect: 99 },
  'credential-unfreeze': { id: 'desk', expect: 99 },
  'credential-revoke': { id: 'desk', expect: 99 },
  'account-freeze': { service: 'flights', address, expect: 0 },
  'account-unfreeze': { service: 'flights', address, expect: 0 },
  'node-update': { id: 'nowhere', expect: 99 },
}
const ofLedger = ['VERSION_STALE', 'OBJECT_NOT_FOUND', 'ACT_CONFLICT', 'ACT_INVALID']
/** Of what it takes part in, it has none here: that is looked at after its right. */
const beyondRights = [...ofLedger, 'PARTICIPANT_OF_OTHERS']

describe('roles', () => {
  let portal: PortalWorld
  let owner: Person
  let bank = ''
  before(async () => {
    portal = await createPortalWorld()
    ;({ owner, bank } = await portal.publisher())
  })
  after(() => portal.close())

  for (const role of roles) {
    it(`decide what an ${role} may do, of every act, and the page is told the same`, async () => {
      const name = `Of-${role}`
      const one = await invited(portal, owner, { organisation: bank, role, name })
      const [own] = (await one.me()).organisations
      const head = portal.world.ledger.head.height
      for (const act of Object.keys(actRights) as ActName[]) {
        assert.equal(own?.may.includes(act), rolesWith(act).includes(role), `${role} ${act}`)
        await tryAct(one, act, role)
      }
      assert.equal(portal.world.ledger.head.height, head, 'nothing of it is in the ledger')
    })
  }

  it('do not make anybody administrator of the node', async () => {
    const update = owner.act(bank, 'node-update', fieldsOf['node-update'])
    await assert.rejects(update, { code: 'OBJECT_NOT_FOUND' })
  })

  async function tryAct(one: Person, act: ActName, role: Role): Promise<void> {
    const what = `${role} ${act}`
    const ask = () => one.act(bank, act, fieldsOf[act]).then(() => 'done', codeOf)
    const told = await ask()
    if (isOfNode(act)) return assert.equal(told, 'ADMINISTRATOR_REQUIRED', what)
    if (!rolesWith(act).includes(role)) return assert.equal(told, 'ROLE_INSUFFICIENT', what)
    if (!isDangerous(act)) return assert.ok(beyondRights.includes(told), `${what}: ${told}`)
    assert.equal(told, 'STEP_UP_REQUIRED', what)
    await one.stepUp({ password })
    assert.ok(beyondRights.includes(await ask()), what)
    // Five minutes later.
    portal.clock.ahead += 301
    portal.world.clock.now = portal.clock.nowSeconds()
    return undefined
  }
})
