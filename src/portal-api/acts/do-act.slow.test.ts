import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { CodedError, type ControlName, newApiKey, parseStatement } from '@openbsn/sdk'
import { readService } from '../../services/service-state.ts'
import { keyOf } from '../../testing/ledger-world.ts'
import {
  createPortalWorld,
  invited,
  type Person,
  type PortalWorld,
  password,
  raw,
} from '../../testing/portal-world.ts'

describe('an act of an organisation', () => {
  let portal: PortalWorld
  let owner: Person
  let bank = ''
  before(async () => {
    portal = await createPortalWorld()
    ;({ owner, bank } = await portal.founder())
  })
  after(() => portal.close())
  const flights = { id: 'flights', framework: 'records', keyMode: 'key-trust' } as const

  it('is signed by the operator, has an entry with a receipt, and a trail', async () => {
    const done = await owner.act(bank, 'service-create', flights)
    assert.deepEqual(
      [done.state, done.hasReceipt, done.subject],
      ['committed', true, 'service/flights'],
    )
    const entry = portal.world.ledger.entry(done.entry ?? -1) ?? assert.fail()
    const { claims } = parseStatement(entry.statement)
    assert.deepEqual([claims.iss, claims.sub], ['admin', 'bsn:services'])
    const { publisher } = readService(portal.world.ledger, 'flights') ?? assert.fail()
    assert.equal(publisher, 'operator/admin')
    const { apiKey } = await newKey()
    const credential = {
      id: 'desk',
      service: 'flights',
      label: 'Desk',
      keys: [],
      apiKeys: [apiKey],
    }
    await owner.act(bank, 'credential-create', { ...credential, operators: ['admin'] })
    const { acts } = await owner.acts.list(bank)
    const shown = acts.map(({ act, account, state }) => [act, account, state])
    assert.deepEqual(shown.toSorted(), [
      ['credential-create', 'Ann', 'committed'],
      ['service-create', 'Ann', 'committed'],
    ])
    const services = await owner.organisations.services(bank)
    assert.deepEqual(services, [{ ledger: portal.world.id, service: 'flights' }])
  })

  it('has one effect under its request key, and only one meaning', async () => {
    const how = { requestKey: 'cars-1' }
    const cars = { id: 'cars', framework: 'records' }
    const many = await Promise.all(
      [1, 2, 3].map(() => owner.act(bank, 'service-create', cars, how)),
    )
    assert.equal(new Set(many.map(({ entry }) => entry)).size, 1)
    assert.deepEqual(await owner.acts.get(bank, 'cars-1'), many[0])
    const body = JSON.stringify({ act: 'service-create', fields: cars, ...how })
    const headers = { 'content-type': 'application/json', origin: portal.portal }
    const path = `/organisations/${bank}/acts`
    const again = await raw(portal, owner, path, { method: 'POST', headers, body })
    assert.deepEqual([again.status, again.body.entry], [200, many[0]?.entry])
    const other = owner.act(bank, 'service-create', { ...cars, id: 'buses' }, how)
    await assert.rejects(other, { code: 'IDEMPOTENCY_KEY_REUSED' })
    await assert.rejects(owner.acts.get(bank, 'never'), { code: 'ACT_NOT_FOUND' })
  })

  it('that the ledger refuses is told with its code, and leaves its key free', async () => {
    const how = { requestKey: 'taken' }
    const again = owner.act(bank, 'service-create', flights, how)
    await assert.rejects(again, { code: 'ACT_CONFLICT' })
    assert.equal((await owner.acts.get(bank, 'taken')).code, 'ACT_CONFLICT')
    const odd = owner.act(bank, 'service-create', { ...flights, id: 'Not a name' }, how)
    await assert.rejects(odd, { code: 'ACT_INVALID' })
    await owner.act(bank, 'service-create', { ...flights, id: 'trains' }, how)
  })
})

describe('what no organisation does', () => {
  let portal: PortalWorld
  let owner: Person
  let bank = ''
  before(async () => {
    portal = await createPortalWorld()
    ;({ owner, bank } = await portal.publisher())
  })
  after(() => portal.close())

  it('is about what it did not publish, whoever knows the name', async () => {
    const shop = (await owner.organisations.create('Shop')).id
    const create = { id: 'stolen', label: 'x', keys: [keyOf('stolen')] }
    const tries: readonly (() => Promise<unknown>)[] = [
      () => owner.act(shop, 'service-update', { id: 'flights', expect: 1, access: 'open' }),
      () => owner.act(shop, 'credential-create', { ...create, service: 'flights' }),
      () => owner.act(shop, 'credential-unfreeze', { id: 'desk', expect: 1 }),
      () => owner.act(shop, 'participant-approve', { service: 'flights', id: 'x', expect: 1 }),
      () => owner.act(shop, 'service-update', { id: 'unheard-of', expect: 1 }),
    ]
    for (const one of tries) await assert.rejects(one(), { code: 'SERVICE_OF_OTHERS' })
    // What the member itself published is no organisation's either.
    await portal.world.done('service-create', { id: 'members-own', framework: 'records' })
    const own = owner.act(bank, 'service-update', { id: 'members-own', expect: 1 })
    await assert.rejects(own, { code: 'SERVICE_OF_OTHERS' })
    const stranger = await invited(portal, owner, {
      organisation: shop,
      role: 'owner',
      name: 'Zoe',
    })
    const outside = stranger.act(bank, 'service-update', { id: 'flights', expect: 1 })
    await assert.rejects(outside, { code: 'ORGANISATION_NOT_FOUND' })
    await assert.rejects(stranger.acts.list(bank), { code: 'ORGANISATION_NOT_FOUND' })
  })

  it('is for members of the alliance, with their own keys', async () => {
    for (const [act, fields] of [
      ['alliance-policy', { expect: 1, serviceReview: false }],
      ['service-approve', { id: 'flights', expect: 1 }],
      ['key-register', { owner: 'member/admin', key: keyOf('mine') }],
      ['operator-key-register', { key: keyOf('mine') }],
    ] as const) {
      const asked = owner.act(bank, act as ControlName, fields as never)
      await assert.rejects(asked, { code: 'ACT_NOT_OFFERED' }, act)
    }
  })

  it('is dangerous and goes without a step-up, which is good for five minutes', async () => {
    await owner.act(bank, 'service-create', { id: 'cars', framework: 'records' })
    const freeze = () => owner.act(bank, 'service-freeze', { id: 'cars', expect: 1 })
    await assert.rejects(freeze(), { code: 'STEP_UP_REQUIRED' })
    const wrong = owner.stepUp({ password: 'quite another one' })
    await assert.rejects(wrong, { code: 'PASSWORD_WRONG' })
    await assert.rejects(freeze(), { code: 'STEP_UP_REQUIRED' })
    await owner.stepUp({ password })
    portal.clock.ahead = 301
    await assert.rejects(freeze(), { code: 'STEP_UP_REQUIRED' })
    portal.clock.ahead = 0
    await freeze()
    assert.equal(readService(portal.world.ledger, 'cars')?.status, 'frozen')
    // It is of the session, not of the account.
    const other = portal.person()
    await other.signIn({ email: 'ann@example.org', password })
    const retire = other.act(bank, 'service-retire', { id: 'cars', expect: 2 })
    await assert.rejects(retire, { code: 'STEP_UP_REQUIRED' })
  })
})

async function newKey() {
  const { hash, hint } = await newApiKey('live')
  return { apiKey: [hash, hint] as const }
}

describe('a fate that nobody heard of', () => {
  let portal: PortalWorld
  before(async () => {
    portal = await createPortalWorld()
  })
  after(() => portal.close())

  it('is found out by the same request key', async () => {
    const { owner, bank } = await portal.founder()
    const { ledger } = portal.world
    const { submit } = ledger
    let isLost = true
    // The answer is lost after the block is on disk, as where a network stops in between.
    ledger.submit = async (statements) => {
      const outcomes = await submit.call(ledger, statements)
      if (isLost) throw Object.assign(new Error('lost'), { code: 'LEDGER_STOPPED' })
      return outcomes
    }
    const quick = { requestKey: 'lost-1' }
    const asked = owner.act(bank, 'service-create', { id: 'flights', framework: 'records' }, quick)
    await assert.rejects(asked, { code: 'CALL_FATE_UNKNOWN' })
    const found = await owner.acts.get(bank, 'lost-1')
    assert.deepEqual([found.state, typeof found.entry], ['committed', 'number'])
    isLost = false
    const update = { id: 'flights', expect: 1, access: 'open' } as const
    assert.equal((await owner.act(bank, 'service-update', update)).state, 'committed')
    ledger.submit = submit
  })

  it('of what was never sent is told when it can be registered no more', async () => {
    const { owner, bank } = await signedIn(portal)
    const { ledger } = portal.world
    const { submit } = ledger
    ledger.submit = () => Promise.reject(new Error('cut off'))
    const fields = { id: 'cars', framework: 'records' }
    const asked = owner.act(bank, 'service-create', fields, { requestKey: 'cut-1' })
    await assert.rejects(asked, { code: 'CALL_FATE_UNKNOWN' })
    ledger.submit = submit
    assert.equal((await owner.acts.get(bank, 'cut-1')).state, 'unknown')
    portal.clock.ahead = 400
    portal.world.clock.now = portal.clock.nowSeconds()
    await portal.world.done('service-create', { id: 'later', framework: 'records' })
    assert.equal((await owner.acts.get(bank, 'cut-1')).state, 'not_sent')
    await owner.act(bank, 'service-create', fields, { requestKey: 'cut-1' })
  })
})

describe('a later try of an act', () => {
  let portal: PortalWorld
  before(async () => {
    portal = await createPortalWorld()
  })
  after(() => portal.close())

  it('that was not sent settles nothing', async () => {
    const { owner, bank } = await portal.founder()
    const { ledger } = portal.world
    const { submit } = ledger
    const sent: Uint8Array[] = []
    ledger.submit = (statements) => {
      sent.push(...statements.filter((one) => one instanceof Uint8Array))
      portal.clock.ahead += 20
      const code = sent.length === 1 ? 'LEDGER_STOPPED' : 'LEDGER_BUSY'
      return Promise.reject(new CodedError(code, 'cut off'))
    }
    const fields = { id: 'late', framework: 'records' }
    const asked = owner.act(bank, 'service-create', fields, { requestKey: 'late-1' })
    await assert.rejects(asked, { code: 'CALL_FATE_UNKNOWN' })
    ledger.submit = submit
    assert.equal((await owner.acts.get(bank, 'late-1')).state, 'unknown')
    const expiries = sent.map((one) => parseStatement(one).claims.exp)
    assert.equal(new Set(expiries).size, 1)
    // The first one arrives after all.
    portal.world.clock.now = portal.clock.nowSeconds()
    await ledger.submit(sent.slice(0, 1))
    assert.equal((await owner.acts.get(bank, 'late-1')).state, 'committed')
    const services = await owner.organisations.services(bank)
    assert.ok(services.some(({ service }) => service === 'late'))
  })

  it('that comes when none can be registered any more leaves the key free', async () => {
    const { owner, bank } = await signedIn(portal)
    const { ledger } = portal.world
    const { submit } = ledger
    ledger.submit = () => Promise.reject(new Error('cut off'))
    const fields = { id: 'ships', framework: 'records' }
    const again = () => owner.act(bank, 'service-create', fields, { requestKey: 'ships-1' })
    await assert.rejects(again(), { code: 'CALL_FATE_UNKNOWN' })
    ledger.submit = submit
    portal.clock.ahead += 400
    portal.world.clock.now = portal.clock.nowSeconds()
    // No block was made meanwhile: the ledger says that the time is over when it is asked.
    assert.equal((await again()).state, 'committed')
  })
})

async function signedIn(portal: PortalWorld) {
  const owner = portal.person()
  await owner.signIn({ email: 'ann@example.org', password })
  return { owner, bank: (await owner.me()).organisations[0]?.id ?? '' }
}
