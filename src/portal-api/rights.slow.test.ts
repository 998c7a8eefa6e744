import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ControlFields, ControlName } from '@openbsn/sdk'
import { modules } from '../ledger/verify/acts.ts'
import { keyOf } from '../testing/ledger-world.ts'
import {
  createPortalWorld,
  invited,
  type Person,
  type PortalWorld,
  password,
} from '../testing/portal-world.ts'
import type { Role } from './rights.ts'

/** Who does it, as docs/operating/portal.md says; `anew`: who showed anew who it is. */
type Rule = {
  readonly by: readonly Role[]
  readonly anew?: true
  /** Of the node: for its administrators. */
  readonly ofNode?: true
}
const builds: Rule = { by: ['owner', 'administrator', 'developer'] }
const leads: Rule = { by: ['owner', 'administrator'] }
const stops: Rule = { ...leads, anew: true }
/** For members of the alliance, with their own keys. */
const none: Rule = { by: [] }

/** Every act that a ledger has. One that is new has no rule, and fails the test until it has. */
const rules: Readonly<Record<string, Rule>> = {
  ...{ 'service-create': builds, 'service-update': builds, 'service-submit': builds },
  ...{ 'service-freeze': stops, 'service-unfreeze': leads, 'service-retire': stops },
  ...{ 'service-approve': none, 'service-reject': none },
  ...{ 'participant-invite': builds, 'participant-approve': builds, 'participant-reject': builds },
  ...{ 'participant-apply': builds, 'participant-join': builds },
  ...{ 'participant-leave': stops, 'participant-remove': stops },
  ...{ 'credential-create': builds, 'credential-rotate': { ...builds, anew: true } },
  ...{ 'credential-freeze': stops, 'credential-unfreeze': leads, 'credential-revoke': stops },
  ...{ 'account-freeze': stops, 'account-unfreeze': leads },
  ...{ 'node-register': none, 'node-update': { by: [], ofNode: true }, 'node-retire': none },
  ...{ 'key-register': none, 'key-revoke': none, 'operator-key-register': none },
  ...{ 'validators-update': none, 'blocks-register': none, 'sender-register': none },
  ...{ 'alliance-policy': none, 'alliance-rules': none, 'alliance-admit': none },
  ...{ 'alliance-remove': none, 'alliance-power': none, 'alliance-replace-key': none },
  ...{ 'alliance-stop': none, 'alliance-resume': none, 'alliance-software': none },
  ...{ 'alliance-roots': none, 'alliance-propose': none, 'alliance-vote': none },
  ...{ 'alliance-execute': none, 'alliance-close': none },
  ...{ 'group-register': none, 'group-retire': none },
  ...{ 'organisation-register': none, 'channel-open': none, 'contract-define': builds },
  ...{ 'channel-change': none, 'channel-sign': none, 'channel-changed': none },
}

/** As whoever verifies a ledger knows them. */
const everyAct = [
  ...new Set(
    Object.values(modules).flatMap(({ effects, voted = {} }) => [
      ...Object.keys(effects),
      ...Object.keys(voted),
    ]),
  ),
]
const roles = ['owner', 'administrator', 'developer', 'auditor'] as const satisfies readonly Role[]

const codeOf = (error: unknown) => (error as { code?: string }).code ?? String(error)

/** Fields that a ledger refuses as stale: who is told that came as far as the ledger. */
const stale = { id: 'flights', expect: 99 }
const ofService = { service: 'flights', id: 'nobody', expect: 99 }
const address = new Uint8Array(20)
const fieldsOf: { readonly [A in ControlName]?: ControlFields[A] } = {
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
  'contract-define': { service: 'flights', name: 'x', package: 'preset:key-value', sequence: 1 },
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
      for (const act of everyAct) {
        const rule = rules[act] ?? assert.fail(`no rule for ${act}`)
        // Its right is there, too, for who is an administrator of the node beside.
        const isTold = rule.ofNode ? leads.by.includes(role) : rule.by.includes(role)
        const may: readonly string[] = own?.may ?? []
        assert.equal(may.includes(act), isTold, `${role} ${act}`)
        await tryAct(one, act as ControlName, { role, rule })
      }
      assert.equal(portal.world.ledger.head.height, head, 'nothing of it is in the ledger')
    })
  }

  it('do not make anybody administrator of the node', async () => {
    const update = owner.act(bank, 'node-update', { id: 'nowhere', expect: 99 })
    await assert.rejects(update, { code: 'OBJECT_NOT_FOUND' })
  })

  type Tried = { readonly role: Role; readonly rule: Rule }

  async function tryAct(one: Person, act: ControlName, { role, rule }: Tried): Promise<void> {
    const what = `${role} ${act}`
    const fields = (fieldsOf[act] ?? {}) as ControlFields['service-update']
    const ask = () => one.act(bank, act as 'service-update', fields).then(() => 'done', codeOf)
    const told = await ask()
    if (rule.ofNode) return assert.equal(told, 'ADMINISTRATOR_REQUIRED', what)
    if (rule === none) return assert.equal(told, 'ACT_NOT_OFFERED', what)
    if (!rule.by.includes(role)) return assert.equal(told, 'ROLE_INSUFFICIENT', what)
    if (!rule.anew) return assert.ok(beyondRights.includes(told), `${what}: ${told}`)
    assert.equal(told, 'STEP_UP_REQUIRED', what)
    await one.stepUp({ password })
    assert.ok(beyondRights.includes(await ask()), what)
    // Five minutes later.
    portal.clock.ahead += 301
    portal.world.clock.now = portal.clock.nowSeconds()
    return undefined
  }
})
