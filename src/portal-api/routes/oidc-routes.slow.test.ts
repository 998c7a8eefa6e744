import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startOidcProvider } from '../../testing/oidc-provider.ts'
import {
  createPortalWorld,
  type Person,
  type PortalWorld,
  password,
} from '../../testing/portal-world.ts'
import { createVirtualPasskey } from '../../testing/virtual-passkey.ts'

const client = { id: 'portal', secret: 'of the provider' }

/** As a page goes to the provider and comes back; where it ends. */
async function walk(one: Person, url: string): Promise<string> {
  const there = await fetch(url, { redirect: 'manual' })
  return follow(one, there.headers.get('location') ?? '')
}
async function follow(one: Person, back: string): Promise<string> {
  const answer = await one.jar.fetch(back, { redirect: 'manual' })
  assert.equal(answer.status, 302)
  return answer.headers.get('location') ?? ''
}

describe('single sign-on', () => {
  let provider: Awaited<ReturnType<typeof startOidcProvider>>
  let portal: PortalWorld
  before(async () => {
    provider = await startOidcProvider(client)
    const oidc = { issuer: provider.issuer, clientId: client.id, clientSecret: client.secret }
    portal = await createPortalWorld({ oidc })
    await portal.founder()
  })
  after(async () => {
    await portal.close()
    provider.close()
  })

  it('gives whoever the provider knows an account, in no organisation', async () => {
    const zoe = portal.person()
    assert.equal((await zoe.state()).oidc, true)
    assert.equal(await walk(zoe, await zoe.oidc.begin()), '/')
    const me = await zoe.me()
    assert.deepEqual(
      [me.account.name, me.account.hasPassword, me.account.isAdministrator, me.organisations],
      ['Zoe', false, false, []],
    )
    const again = portal.person()
    await walk(again, await again.oidc.begin())
    assert.equal((await again.me()).account.id, me.account.id)
  })

  it('alone shows nothing once there is a passkey: an authenticator wants a step-up', async () => {
    provider.state.user = { sub: '3', email: 'kim@example.org', name: 'Kim' }
    const kim = portal.person()
    await walk(kim, await kim.oidc.begin())
    const device = createVirtualPasskey(portal.portal)
    await kim.passkeys.finish('Key', device.create(await kim.passkeys.begin()))
    await assert.rejects(kim.totp.begin(), { code: 'STEP_UP_REQUIRED' })
    // Nobody looks at a password of an account that has none.
    await assert.rejects(kim.totp.begin('anything'), { code: 'STEP_UP_REQUIRED' })
    await kim.stepUp({ passkey: device.get(await kim.passkeys.beginStepUp()) })
    await kim.totp.begin()
  })

  it('begins and ends in one browser', async () => {
    const [one, other] = [portal.person(), portal.person()]
    const url = await one.oidc.begin()
    assert.match(await walk(other, url), /^\/sign-in\?error=[a-z_]+$/)
    await assert.rejects(other.me(), { code: 'SIGN_IN_REQUIRED' })
    const origin = portal.portal
    const forged = `${origin}/portal/v1/auth/callback/oidc?code=x&state=y`
    assert.match(await follow(one, forged), /^\/sign-in\?error=/)
  })

  it('takes over no account that was made here, until its owner links it', async () => {
    provider.state.user = { sub: '2', email: 'ann@example.org', name: 'Ann' }
    const stranger = portal.person()
    const end = await walk(stranger, await stranger.oidc.begin())
    assert.match(end, /^\/sign-in\?error=/)
    await assert.rejects(stranger.me(), { code: 'SIGN_IN_REQUIRED' })
    const ann = portal.person()
    await ann.signIn({ email: 'ann@example.org', password })
    await assert.rejects(ann.oidc.link(), { code: 'STEP_UP_REQUIRED' })
    await ann.stepUp({ password })
    assert.equal(await walk(ann, await ann.oidc.link()), '/')
    const later = portal.person()
    assert.equal(await walk(later, await later.oidc.begin()), '/')
    assert.equal((await later.me()).account.isAdministrator, true)
  })
})

describe('a provider of single sign-on', () => {
  it('is said to be away, and works when it is back', async () => {
    const gone = await startOidcProvider(client)
    gone.close()
    const oidc = { issuer: gone.issuer, clientId: client.id, clientSecret: client.secret }
    const other = await createPortalWorld({ oidc })
    try {
      await assert.rejects(other.person().oidc.begin(), { code: 'OIDC_UNREACHABLE' })
      const { owner } = await other.founder()
      assert.equal((await owner.me()).account.name, 'Ann')
    } finally {
      await other.close()
    }
    const none = await createPortalWorld()
    await assert.rejects(none.person().oidc.begin(), { code: 'OIDC_NONE' })
    await none.close()
  })
})
