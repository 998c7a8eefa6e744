import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { createPortalClient } from '@openbsn/sdk'
import { createKeyEncryption } from '../crypto/key-encryption.ts'
import { createGatewayApp } from '../gateway/gateway-app.ts'
import { gatewayOptions } from '../gateway/options.ts'
import { systemClock } from '../kernel/clock.ts'
import { createJar } from '../testing/cookie-jar.ts'
import { testFolder } from '../testing/folder.ts'
import { testGatewayDeps } from '../testing/gateway.ts'
import type { HomeSecrets } from './home-secrets.ts'
import { openPortal, servedPortal } from './open-portal.ts'

const account = { name: 'Ann', email: 'ann@example.org', password: 'correct and long enough' }

/** The portal of a node, behind a gateway on loopback. */
async function opened(t: TestContext, where: { readonly host: string; readonly address?: string }) {
  const folder = testFolder()
  const { deps } = testGatewayDeps()
  const secrets = { kek: createKeyEncryption(new Uint8Array(32)) } as HomeSecrets
  const portal = openPortal(
    { home: folder.path, version: '0.0.0', ...where },
    { secrets, ledgers: () => [], clock: systemClock, logger: deps.logger },
  )
  assert.ok(portal)
  const app = await createGatewayApp(gatewayOptions({}), { ...deps, ...servedPortal(portal) })
  t.after(async () => {
    await app.close()
    await portal.close()
    folder.remove()
  })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const token = (await portal.newSetupToken()) ?? ''
  return { origin, setUp: { ...account, token, organisation: 'Bank' } }
}

it('what a proxy passed on was not asked by this machine', async (t) => {
  const { origin, setUp } = await opened(t, { host: '127.0.0.1' })
  const json = { 'content-type': 'application/json', origin }
  for (const name of ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via']) {
    const answer = await fetch(`${origin}/portal/v1/setup`, {
      method: 'POST',
      headers: { ...json, [name]: '192.0.2.1' },
      body: JSON.stringify(setUp),
    })
    assert.deepEqual([name, (await answer.json()).code], [name, 'LOOPBACK_ONLY'])
  }
})

it('a second factor is wanted where others reach the portal, by whatever address', async (t) => {
  for (const [where, isWanted] of [
    [{ host: '127.0.0.1' }, false],
    [{ host: '127.0.0.1', address: 'http://[::1]:8080' }, false],
    [{ host: '127.0.0.1', address: 'https://bsn.example.org' }, true],
    [{ host: '::' }, true],
  ] as const) {
    const { origin, setUp } = await opened(t, where)
    const ann = createPortalClient({ portal: origin, fetch: createJar().fetch })
    await ann.setup(setUp)
    assert.equal((await ann.me()).needsSecondFactor, isWanted, JSON.stringify(where))
  }
})
