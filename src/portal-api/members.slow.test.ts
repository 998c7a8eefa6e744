import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import {
  createPortalWorld,
  invited,
  type Person,
  type PortalWorld,
  password,
} from '../testing/portal-world.ts'

const codeOf = (error: unknown) => (error as { code?: string }).code ?? String(error)

describe('members', () => {
  let portal: PortalWorld
  let owner: Person
  let bank = ''
  before(async () => {
    portal = await createPortalWorld()
    ;({ owner, bank } = await portal.founder())
  })
  after(() => portal.close())

  it('who are taken out, or made less, may no more at once', async () => {
    const eve = await invited(portal, owner, { organisation: bank, role: 'developer', name: 'Eve' })
    const members = await owner.members.list(bank)
    const { id = '' } = members.find(({ name }) => name === 'Eve') ?? {}
    await assert.rejects(owner.members.changeRole(bank, id, 'auditor'), {
      code: 'STEP_UP_REQUIRED',
    })
    await owner.stepUp({ password })
    await owner.members.changeRole(bank, id, 'auditor')
    const update = () => eve.act(bank, 'service-update', { id: 'flights', expect: 1 })
    await assert.rejects(update(), { code: 'ROLE_INSUFFICIENT' })
    await owner.members.remove(bank, id)
    await assert.rejects(update(), { code: 'ORGANISATION_NOT_FOUND' })
    await assert.rejects(owner.members.remove(bank, id), { code: 'MEMBER_NOT_FOUND' })
    const own = (await owner.me()).organisations[0]?.member ?? ''
    await assert.rejects(owner.members.changeRole(bank, own, 'auditor'), { code: 'LAST_OWNER' })
    await assert.rejects(owner.members.remove(bank, own), { code: 'LAST_OWNER' })
  })

  it('give roles up to their own', async () => {
    const ask = { organisation: bank, role: 'administrator', name: 'Tom' } as const
    const admin = await invited(portal, owner, ask)
    const more = admin.invitations.create(bank, { role: 'owner', label: 'x' })
    await assert.rejects(more, { code: 'ROLE_INSUFFICIENT' })
    await admin.stepUp({ password })
    const owners = (await admin.members.list(bank)).filter(({ role }) => role === 'owner')
    const deposed = admin.members.changeRole(bank, owners[0]?.id ?? '', 'auditor')
    await assert.rejects(deposed, (error) => {
      return ['ROLE_INSUFFICIENT', 'LAST_OWNER'].includes(codeOf(error))
    })
    const developer = await invited(portal, owner, { ...ask, role: 'developer', name: 'Kim' })
    const invite = developer.invitations.create(bank, { role: 'auditor', label: 'x' })
    await assert.rejects(invite, { code: 'ROLE_INSUFFICIENT' })
  })

  it('come by invitations that work once', async () => {
    const { person } = portal
    const admin = person()
    await admin.signIn({ email: 'tom@example.org', password })
    const made = await admin.invitations.create(bank, { role: 'auditor', label: 'Max' })
    assert.equal((await person().invitations.look(made.token)).organisation, 'Bank')
    const shown = await admin.invitations.list(bank)
    assert.ok(!JSON.stringify(shown).includes(made.token))
    const account = { token: made.token, name: 'Max', password }
    const taken = { ...account, email: 'ann@example.org' }
    await assert.rejects(person().signUp(taken), { code: 'ACCOUNT_EXISTS' })
    const both = await Promise.allSettled(
      ['max', 'moritz'].map((name) =>
        person().signUp({ ...account, email: `${name}@example.org` }),
      ),
    )
    assert.deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
    const used = person().invitations.look(made.token)
    await assert.rejects(used, { code: 'INVITATION_LINK_INVALID' })
    const other = await admin.invitations.create(bank, { role: 'auditor', label: 'Moritz' })
    await assert.rejects(admin.invitations.accept(other.token), { code: 'MEMBER_EXISTS' })
    await admin.invitations.withdraw(bank, other.id)
    const again = admin.invitations.withdraw(bank, other.id)
    await assert.rejects(again, { code: 'INVITATION_NOT_FOUND' })
    const gone = person().invitations.look(other.token)
    await assert.rejects(gone, { code: 'INVITATION_LINK_INVALID' })
  })
})

describe('somebody who was invited', () => {
  it('and cannot be taken in has no account either, and the invitation stays', async (t) => {
    const portal = await createPortalWorld()
    t.after(() => portal.close())
    const { owner, bank } = await portal.founder()
    const { file, person } = portal
    const { token } = await owner.invitations.create(bank, { role: 'auditor', label: 'Pia' })
    const account = { token, name: 'Pia', email: 'pia@example.org', password }
    const database = new DatabaseSync(file)
    database.exec(`CREATE TRIGGER full BEFORE INSERT ON member
      BEGIN SELECT RAISE(ABORT, 'no place'); END`)
    const pia = person()
    await assert.rejects(pia.signUp(account), { code: 'INTERNAL' })
    database.exec('DROP TRIGGER full')
    database.close()
    assert.equal(pia.jar.cookies.size, 0)
    await pia.signUp(account)
    assert.deepEqual(
      (await pia.me()).organisations.map(({ id }) => id),
      [bank],
    )
  })
})
