import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { needs } from '../../testing/needs.ts'
import { createPortalWorld, invited, password } from '../../testing/portal-world.ts'
import { startPostgres } from '../../testing/postgres.ts'
import { totpCode } from '../../testing/totp.ts'
import { createVirtualPasskey } from '../../testing/virtual-passkey.ts'

describe('accounts on PostgreSQL', () => {
  it('do what they do on SQLite', async (t) => {
    if (!needs(t, 'postgres')) return
    const server = startPostgres()
    const portal = await createPortalWorld({ databaseUrl: server.url })
    t.after(async () => {
      await portal.close()
      server.stop()
    })
    const { owner, bank } = await portal.founder()
    const role = { organisation: bank, role: 'developer', name: 'Bob' } as const
    const bob = await invited(portal, owner, role)
    const done = await bob.act(bank, 'service-create', { id: 'flights', framework: 'records' })
    assert.equal(done.state, 'committed')
    const { uri, backupCodes } = await bob.totp.begin(password)
    await bob.totp.confirm(totpCode(uri, portal.clock.nowSeconds() * 1000))
    const again = portal.person()
    const signedIn = await again.signIn({ email: 'bob@example.org', password })
    assert.deepEqual(signedIn, { state: 'code' })
    await again.signInWithCode({ backupCode: backupCodes[0] ?? '' })
    await again.stepUp({ password })
    const device = createVirtualPasskey(portal.portal)
    await again.passkeys.finish('Key', device.create(await again.passkeys.begin()))
    const me = await again.me()
    assert.deepEqual([me.account.hasTotp, me.account.passkeys], [true, 1])
    const [member] = (await owner.members.list(bank)).filter(({ name }) => name === 'Bob')
    assert.ok((member?.since ?? 0) > portal.clock.nowSeconds() - 60)
    const { acts } = await owner.acts.list(bank)
    assert.deepEqual(
      acts.map(({ account }) => account),
      ['Bob'],
    )
  })
})

describe('owners and administrators, where others reach the portal', () => {
  it('have an authenticator or a passkey before they do anything', async (t) => {
    const portal = await createPortalWorld({ needsSecondFactor: true })
    t.after(() => portal.close())
    const { owner, bank } = await portal.founder()
    const create = () => owner.act(bank, 'service-create', { id: 'flights', framework: 'records' })
    const needed = { code: 'SECOND_FACTOR_REQUIRED' }
    await assert.rejects(create(), needed)
    const invite = owner.invitations.create(bank, { role: 'auditor', label: 'x' })
    await assert.rejects(invite, needed)
    assert.equal((await owner.me()).needsSecondFactor, true)
    await owner.stepUp({ password })
    const device = createVirtualPasskey(portal.portal)
    await owner.passkeys.finish('Key', device.create(await owner.passkeys.begin()))
    assert.equal((await create()).state, 'committed')
  })
})
