import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { isCodedError, type NewApiKey, newApiKey, verifyWebhook, type Webhooks } from '@openbsn/sdk'
import { keyOf } from '../testing/ledger-world.ts'
import { namedSigner } from '../testing/named-signer.ts'
import { createPortalWorld, invited, type Person } from '../testing/portal-world.ts'
import { Receiver } from '../testing/receiver.ts'
import { roles } from './rights.ts'

const codeOf = (error: unknown) => (isCodedError(error) ? error.code : String(error))
/** More than bodies of JSON may have. */
const pack = { digest: 'ab'.repeat(32), bytes: new Uint8Array(1024 * 1024) }
const told = (asked: Promise<unknown>) => asked.then(() => 'ok', codeOf)

/** The bank's service `flights`, with a receiver beside it; `hooks` are its webhooks. */
async function openScene() {
  const portal = await createPortalWorld()
  const { owner, bank } = await portal.publisher()
  const receiver = await Receiver.create()
  const of = { ledger: portal.world.id, service: 'flights' }
  return {
    ...{ portal, owner, bank, receiver, of },
    hooks: (person: Person = owner) => person.webhooks(bank, of),
    /** A record of the service, which is an event. */
    async write(text: string): Promise<void> {
      const { world } = portal
      await world.ledger.submit([await world.record(text, { iss: 'desk', sub: 'flights' })])
    },
    async close(): Promise<void> {
      await portal.close()
      await receiver.down()
    },
  }
}

type Scene = Awaited<ReturnType<typeof openScene>>

describe('what a gateway has of a service', () => {
  let scene: Scene
  before(async () => {
    scene = await openScene()
  })
  after(() => scene.close())

  it('is read by every role, and changed by those who build', async () => {
    const { portal, owner, bank, receiver, of, hooks } = scene
    const made = await hooks().create({ url: receiver.url })
    for (const role of roles) {
      const one = await invited(portal, owner, { organisation: bank, role, name: `W-${role}` })
      const own = hooks(one)
      assert.deepEqual(
        (await own.list()).map(({ id }) => id),
        [made.id],
      )
      assert.equal(await told(one.usage(bank, of)), 'ok', role)
      assert.equal(await told(one.requestLog(bank, of)), 'ok', role)
      assert.equal(await told(one.lastUsed(bank, of)), 'ok', role)
      const changed = role === 'auditor' ? 'ROLE_INSUFFICIENT' : 'ok'
      assert.equal(await told(own.change(made.id, { state: 'active' })), changed, role)
      assert.equal(await told(own.test(made.id)), changed, role)
      // Whoever may define contracts comes as far as to the node, which has no Fabric here.
      const sent = role === 'auditor' ? 'ROLE_INSUFFICIENT' : 'PACKAGE_UNWANTED'
      assert.equal(await told(one.sendPackage(bank, of, pack)), sent, role)
    }
    await hooks().delete(made.id)
  })

  it('is not there for another organisation, nor for strangers', async () => {
    const { portal, owner, bank, receiver, of, hooks } = scene
    const { id: shop } = await owner.organisations.create('Shop')
    const made = await hooks().create({ url: receiver.url })
    const tries = (person: Person, by: string, on = of): readonly (() => Promise<unknown>)[] => {
      const own = person.webhooks(by, on)
      return [
        ...[own.list, () => own.create({ url: receiver.url }), () => own.get(made.id)],
        ...[() => own.delete(made.id), () => own.rotate(made.id), () => own.test(made.id)],
        ...[() => own.deliveries(made.id), () => own.deadLetters(made.id)],
        ...[() => own.message(made.id, 0), () => own.replay(made.id, { from: 0 })],
        ...[() => own.forgetDeadLetters(made.id), () => own.change(made.id, { state: 'paused' })],
        ...[() => person.usage(by, on), () => person.requestLog(by, on)],
        ...[() => person.lastUsed(by, on), () => person.sendPackage(by, on, pack)],
      ]
    }
    const zoe = await invited(portal, owner, { organisation: shop, role: 'owner', name: 'Zoe' })
    const elsewhere = { ...of, ledger: of.ledger.replace(/.$/, 'x') }
    for (const [all, refusal] of [
      [tries(owner, shop), 'SERVICE_OF_OTHERS'],
      [tries(owner, bank, elsewhere), 'SERVICE_OF_OTHERS'],
      [tries(zoe, bank), 'ORGANISATION_NOT_FOUND'],
      [tries(portal.person(), bank), 'SIGN_IN_REQUIRED'],
    ] as const) {
      for (const one of all) assert.equal(await told(one()), refusal)
    }
    assert.equal((await hooks().get(made.id)).state, 'active')
    await hooks().delete(made.id)
  })

  it('is told with what was written, by day and credential', async () => {
    const { owner, bank, of, write } = scene
    await write('"counted"')
    const { usage } = await owner.usage(bank, of)
    assert.ok(usage.length > 0)
    assert.ok(usage.every(({ service }) => service === 'flights'))
    const day = { from: '2001-01-01', to: '2001-01-02' }
    assert.deepEqual((await owner.usage(bank, of, day)).usage, [])
    assert.equal(await told(owner.usage(bank, of, { from: 'today' })), 'REQUEST_INVALID')
  })
})

describe('the request log of a publisher', () => {
  it('is that of one service, page by page', async (t) => {
    const scene = await openScene()
    t.after(() => scene.close())
    const { owner, bank, of } = scene
    const [flights, trains] = [await readsBy(scene, 'flights'), await readsBy(scene, 'trains')]
    const [found, missed] = [await flights(''), await flights('/nowhere')]
    const other = await trains('')
    const now = scene.portal.clock.nowSeconds()
    for (const service of ['flights', 'trains']) {
      const uses = await owner.lastUsed(bank, { ...of, service })
      assert.ok(uses.length === 1 && uses[0] && now - uses[0].used <= 2, service)
    }
    const ids = async (...query: Parameters<typeof owner.requestLog>) =>
      (await owner.requestLog(...query)).requests.map(({ id }) => id)
    assert.deepEqual(await ids(bank, of), [missed, found])
    assert.deepEqual(await ids(bank, { ...of, service: 'trains' }), [other])
    assert.deepEqual(await ids(bank, of, { status: '4xx' }), [missed])
    const { next = '', newest } = await owner.requestLog(bank, of, { limit: 1 })
    assert.deepEqual(await ids(bank, of, { limit: 1, cursor: next }), [found])
    const last = await flights('')
    assert.deepEqual(await ids(bank, of, { after: newest }), [last])
    assert.equal(await told(ids(bank, of, { status: '4' })), 'REQUEST_INVALID')
    assert.equal(await told(ids(bank, of, { cursor: 'AAAA' })), 'CURSOR_INVALID')
    assert.equal(await told(ids(bank, { ...of, service: 'unknown' })), 'SERVICE_OF_OTHERS')
  })
})

describe('webhooks of a publisher', () => {
  let scene: Scene
  before(async () => {
    scene = await openScene()
  })
  after(() => scene.close())

  it('are sent in its name, signed by the secret that was told once', async () => {
    const { portal, receiver, hooks, write } = scene
    const made = await hooks().create({ url: receiver.url })
    assert.equal(made.credential, 'operator/admin')
    assert.equal((await hooks().get(made.id)).secret, undefined)
    const before = receiver.history.length
    await write('"hello"')
    await receiver.until(() => receiver.history.length > before)
    const { headers, body } = receiver.history.at(-1) ?? assert.fail()
    const given = { headers, body, secrets: [made.secret ?? ''] }
    await verifyWebhook(given, { nowSeconds: portal.clock.nowSeconds() })
    const { deliveries } = await deliveriesOf(hooks(), made.id, 1)
    assert.equal(deliveries[0]?.result, 'delivered')
    const { position = 0 } = deliveries[0] ?? {}
    assert.equal((await hooks().message(made.id, position)).body, body)
    await hooks().delete(made.id)
  })

  it('send again what was given up: one, and all', async () => {
    const { receiver, hooks, write } = scene
    const made = await hooks().create({ url: receiver.url })
    receiver.react = (_received, response) => void response.writeHead(500).end()
    await write('"a"')
    await write('"b"')
    const dead = async () => (await hooks().deadLetters(made.id)).deadLetters
    while ((await dead()).length < 2) await setTimeout(10)
    receiver.react = (_received, response) => void response.writeHead(204).end()
    const [first] = await dead()
    await hooks().replay(made.id, { position: first?.position ?? 0 })
    while ((await dead()).length > 1) await setTimeout(10)
    assert.deepEqual(await hooks().replay(made.id, { deadLetters: true }), { count: 1 })
    while ((await dead()).length > 0) await setTimeout(10)
    await hooks().delete(made.id)
  })

  it('are not there where the service has no events', async () => {
    const { owner, bank, receiver, of, hooks, write } = scene
    const quiet = { id: 'quiet', framework: 'records', functions: ['put', 'get'] } as const
    await owner.act(bank, 'service-create', quiet)
    const own = owner.webhooks(bank, { ...of, service: 'quiet' })
    assert.equal(await told(own.list()), 'NOT_ALLOWED')
    const made = await hooks().create({ url: receiver.url })
    const fields = { id: 'flights', expect: 1, functions: ['put', 'get', 'list', 'history'] }
    await owner.act(bank, 'service-update', fields)
    const before = receiver.history.length
    await write('"unheard"')
    await setTimeout(1200)
    assert.equal(receiver.history.length, before)
    await owner.act(bank, 'service-update', {
      ...{ id: 'flights', expect: 2, functions: [...fields.functions, 'events'] },
    })
    await receiver.until(() => receiver.history.length > before)
    await hooks().delete(made.id)
  })
})

describe('webhooks that programs made', () => {
  let scene: Scene
  before(async () => {
    scene = await openScene()
  })
  after(() => scene.close())

  it('are of the publisher where its own credentials have them, no others', async () => {
    const { portal, owner, bank, hooks } = scene
    const { world } = portal
    const own = newApiKey('live')
    const more = { service: 'flights', label: 'x', keys: [], scopes: ['webhooks:write'] }
    const operators = ['admin']
    const credential = (id: string, { hash, hint }: NewApiKey) => {
      return { id, ...more, operators, apiKeys: [[hash, hint]] as const }
    }
    await owner.act(bank, 'credential-create', credential('hooks', own))
    const id = await hookOf(scene, own.key)
    const roles = [['all', ['put', 'get', 'list', 'history', 'events']]] as const
    await owner.act(bank, 'service-update', { id: 'flights', expect: 1, roles })
    const invitation = { service: 'flights', id: 'shop', role: 'all', key: keyOf('shop') }
    await owner.act(bank, 'participant-invite', invitation)
    const how = { iss: 'flights/shop', signer: namedSigner('shop') }
    await world.done('participant-join', { service: 'flights', id: 'shop', expect: 1 }, how)
    const theirs = newApiKey('live')
    const fields = { ...credential('shops', theirs), participant: 'shop' }
    await world.done('credential-create', fields as never, how)
    const other = await hookOf(scene, theirs.key)
    const shown = (await hooks().list()).map((one) => [one.id, one.credential])
    assert.deepEqual(shown, [[id, 'hooks']])
    assert.equal(await told(hooks().get(other)), 'WEBHOOK_NOT_FOUND')
    assert.equal(await told(hooks().delete(other)), 'WEBHOOK_NOT_FOUND')
    await hooks().delete(id)
  })
})

/** The id of a webhook that a program made with an API key. */
async function hookOf({ portal, of, receiver }: Scene, key: string): Promise<string> {
  const path = `${portal.portal}/api/v1/ledgers/${of.ledger}/services/flights/webhooks`
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const init = { method: 'POST', headers, body: JSON.stringify({ url: receiver.url }) }
  const { id } = (await (await fetch(path, init)).json()) as { id: string }
  return id
}

/** Asks below the records of a service, by an API key of its own; the id of each request. */
async function readsBy({ portal, owner, bank, of }: Scene, service: string) {
  if (service !== of.service) {
    await owner.act(bank, 'service-create', { id: service, framework: 'records' })
  }
  const { key, hash, hint } = newApiKey('live')
  const apiKeys = [[hash, hint]] as const
  const more = { service, label: 'x', keys: [], apiKeys, operators: ['admin'] }
  await owner.act(bank, 'credential-create', { id: `reads-${service}`, ...more })
  const base = `${portal.portal}/api/v1/ledgers/${of.ledger}/services/${service}/records`
  return async (path: string) => {
    const answer = await fetch(base + path, { headers: { authorization: `Bearer ${key}` } })
    return answer.headers.get('x-request-id')
  }
}

/** As soon as there are so many. */
async function deliveriesOf(webhooks: Webhooks, id: string, count: number) {
  for (;;) {
    const found = await webhooks.deliveries(id)
    if (found.deliveries.length >= count) return found
    await setTimeout(10)
  }
}
