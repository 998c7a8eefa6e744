import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type CborValue, encodeCbor, thumbprint, utf8 } from '@openbsn/sdk'
import { counterModule, countIn } from '../testing/counter-module.ts'
import {
  type ActInput,
  credentialOf,
  keyOf,
  kidOf,
  LedgerWorld,
  type RecordInput,
  resultOf,
} from '../testing/ledger-world.ts'
import { namedSigner } from '../testing/named-signer.ts'

type Payload = Record<string, CborValue>

let world: LedgerWorld

/** Its code; the ledger must be the same afterwards. */
async function refusal(statement: Uint8Array): Promise<string | undefined> {
  const { head } = world.ledger
  const outcome = await world.submitOne(statement)
  assert.equal(world.ledger.head, head)
  return resultOf(outcome)
}
const ofRecord = async (how: RecordInput, payload = 'x') =>
  refusal(await world.record(payload, how))
const ofAct = async (type: string, payload: Payload, how?: ActInput) =>
  refusal(await world.act(type, payload, how))

async function worldOfRefusals(): Promise<LedgerWorld> {
  const made = await LedgerWorld.create({ modules: [counterModule] })
  await made.settle()
  const expires = made.clock.now + 10
  await made.done('credential-create', credentialOf('expiring', { expires }))
  await made.done('credential-create', credentialOf('taken-back'))
  await made.done('credential-revoke', { id: 'taken-back', expect: 1 })
  await made.done('service-create', { id: 'other', framework: 'records' })
  await made.done('key-register', { owner: 'member/admin', key: keyOf('second') })
  await made.done('key-revoke', { kid: kidOf('second'), expect: 1 })
  await made.submitOne(await made.record('first', { cti: utf8('known') }))
  made.clock.now += 10
  return made
}

describe('refusals', () => {
  before(async () => {
    world = await worldOfRefusals()
  })
  after(() => world.remove())

  describe('of any statement', ofAnyStatement)
  describe('of records', ofRecords)
  describe('of acts', ofActs)
  describe('of acts on keys and validators', ofActsOnKeys)
})

function ofAnyStatement(): void {
  it('come in the order of the catalogue: each statement has every later fault too', async () => {
    const service: Payload = { id: 'more', framework: 'records' }
    const all = {
      aud: 'bsn1other',
      iss: 'nobody',
      contentType: 'text/plain',
      iat: world.clock.now + 601,
      exp: world.clock.now,
    }
    const revoked = { signer: namedSigner('second') }
    assert.equal(
      await ofAct('service-create', service, { ...all, signer: namedSigner('?') }),
      'KEY_UNKNOWN',
    )
    const broken = (await world.act('service-create', service, { ...all, ...revoked })).slice()
    broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1
    assert.equal(await refusal(broken), 'SIGNATURE_INVALID')
    assert.equal(await ofAct('service-create', service, { ...all, ...revoked }), 'LEDGER_MISMATCH')
    const here = { ...all, aud: world.id }
    assert.equal(await ofAct('service-create', service, { ...here, ...revoked }), 'ISSUER_MISMATCH')
    const known = { ...here, iss: 'c1', cti: utf8('known') }
    assert.equal(
      await ofRecord({ ...known, contentType: 'application/vnd.openbsn.x+cbor' }),
      'ACT_ID_CONFLICT',
    )
    const own = { ...here, iss: 'admin' }
    assert.equal(
      await ofAct('service-create', service, { ...own, ...revoked, sub: 'bsn:none' }),
      'MODULE_UNKNOWN',
    )
    assert.equal(await ofAct('service-create', service, { ...own, ...revoked }), 'ACT_UNKNOWN')
    const { contentType: _, ...right } = own
    assert.equal(await ofAct('service-create', service, { ...right, ...revoked }), 'KEY_REVOKED')
    assert.equal(await ofAct('service-create', service, right), 'ISSUED_IN_FUTURE')
    const late = { ...right, iat: world.clock.now + 600 }
    assert.equal(await ofAct('service-create', service, late), 'STATEMENT_EXPIRED')
    const far = { exp: world.clock.now + 3601 }
    assert.equal(await ofAct('service-create', { no: 1 }, far), 'EXPIRY_REQUIRED')
  })

  it('of a key that is not of the algorithm that the statement names', async () => {
    const ed = namedSigner('c1')
    const other = namedSigner('c1', 'ES256')
    const posing = { key: { ...other.key, algorithm: other.key.algorithm }, sign: other.sign }
    const statement = await world.record('x', { signer: posing })
    // The key id of the Ed25519 key in the place of the other one, under the other algorithm.
    const at = Buffer.from(statement).indexOf(Buffer.from(thumbprint(other.key)))
    statement.set(kidOf('c1'), at)
    assert.notEqual(ed.key.algorithm, other.key.algorithm)
    assert.equal(await refusal(statement), 'ALGORITHM_MISMATCH')
  })
}

function ofRecords(): void {
  it('of records', async () => {
    const control = { contentType: 'application/vnd.openbsn.service-create+cbor' }
    assert.equal(await ofRecord(control), 'CONTENT_TYPE_INVALID')
    assert.equal(await ofRecord({ sub: 'none' }), 'SERVICE_UNKNOWN')
    assert.equal(await ofRecord({ sub: 'other' }), 'NOT_ALLOWED')
    assert.equal(await ofRecord({ iss: 'admin', signer: namedSigner('member') }), 'NOT_ALLOWED')
    assert.equal(await ofRecord({ iss: 'taken-back' }), 'CREDENTIAL_REVOKED')
    assert.equal(await ofRecord({ iss: 'expiring' }), 'CREDENTIAL_EXPIRED')
    assert.equal(await ofRecord({ credential: 'expiring' }), 'ISSUER_MISMATCH')
    assert.equal(await ofRecord({ iat: world.clock.now + 601 }), 'ISSUED_IN_FUTURE')
    assert.equal(await ofRecord({ exp: world.clock.now }), 'STATEMENT_EXPIRED')
  })
}

function ofActs(): void {
  it('of acts, by form', async () => {
    const service: Payload = { id: 'more', framework: 'records' }
    assert.equal(
      await ofAct('service-create', service, { iss: 'c1', signer: namedSigner('c1') }),
      'NOT_ALLOWED',
    )
    const statement = await world.act('service-create', service)
    for (const missing of ['cti', 'exp']) {
      const how = { [missing]: undefined } as ActInput
      assert.equal(await ofAct('service-create', service, how), 'EXPIRY_REQUIRED', missing)
    }
    assert.ok(statement.length > 0)
    for (const payload of [
      {},
      { id: 'more' },
      { ...service, extra: 1 },
      { ...service, id: 7 },
      { ...service, id: '' },
      { ...service, id: 'UPPER' },
      { ...service, id: 'a'.repeat(64) },
      { ...service, ['__proto__']: 1 },
    ]) {
      assert.equal(await ofAct('service-create', payload), 'ACT_INVALID', JSON.stringify(payload))
    }
    assert.equal(
      await ofAct('service-create', { ...service, framework: 'toString' }),
      'FRAMEWORK_UNKNOWN',
    )
    assert.equal(await ofAct('service-create', { ...service, id: 'flights' }), 'ACT_CONFLICT')
  })

  it('of acts on credentials', async () => {
    const create = (more: Payload, id = 'fresh') =>
      ofAct('credential-create', credentialOf(id, more))
    assert.equal(await create({ service: 'none' }), 'SERVICE_UNKNOWN')
    assert.equal(await create({}, 'c1'), 'ACT_CONFLICT')
    assert.equal(await create({ keys: [keyOf('c1')] }), 'ACT_CONFLICT')
    assert.equal(await create({ keys: [keyOf('fresh'), keyOf('fresh')] }), 'ACT_CONFLICT')
    assert.equal(await create({ keys: [] }), 'ACT_INVALID')
    assert.equal(
      await create({ keys: Array.from({ length: 9 }, (_, i) => keyOf(`k${i}`)) }),
      'ACT_INVALID',
    )
    assert.equal(await create({ expires: world.clock.now }), 'ACT_INVALID')
    for (const key of [1, utf8('none'), keyOf('fresh').slice(0, -1), encodeCbor(new Map())]) {
      assert.equal(await create({ keys: [key] }), 'KEY_INVALID')
    }
    const revoke = (id: string, expect: CborValue) => ofAct('credential-revoke', { id, expect })
    assert.equal(await revoke('none', 1), 'OBJECT_NOT_FOUND')
    assert.equal(await revoke('c1', 2), 'VERSION_STALE')
    assert.equal(await revoke('c1', '1'), 'ACT_INVALID')
    assert.equal(await revoke('taken-back', 2), 'ACT_CONFLICT')
    const rotate = (more: Payload) => {
      const until = world.clock.now + 60
      const keys = [keyOf('rotated')]
      return ofAct('credential-rotate', { id: 'c1', expect: 1, keys, until, ...more })
    }
    assert.equal(await rotate({ until: world.clock.now + 91 * 86_400 }), 'ACT_INVALID')
    assert.equal(await rotate({ keys: [] }), 'ACT_INVALID')
    assert.equal(await rotate({ keys: [keyOf('c1')] }), 'ACT_CONFLICT')
    const eight = Array.from({ length: 8 }, (_, i) => keyOf(`rotated ${i}`))
    assert.equal(await rotate({ keys: eight }), 'ACT_CONFLICT')
    assert.equal(await rotate({ expect: 2 }), 'VERSION_STALE')
    assert.equal(await rotate({ id: 'taken-back', expect: 2 }), 'ACT_CONFLICT')
    assert.equal(await ofAct('credential-unfreeze', { id: 'c1', expect: 1 }), 'ACT_CONFLICT')
  })

  it('of acts that move a service on', async () => {
    const move = (verb: string, more: Payload = {}) =>
      ofAct(`service-${verb}`, { id: 'flights', expect: 1, ...more })
    assert.equal(await move('unfreeze'), 'ACT_CONFLICT')
    assert.equal(await move('freeze', { id: 'none' }), 'OBJECT_NOT_FOUND')
    assert.equal(await move('retire', { expect: 9 }), 'VERSION_STALE')
    assert.equal(await move('freeze', { reason: 'because' }), 'ACT_INVALID')
  })
}

function ofActsOnKeys(): void {
  it('of acts on keys and validators', async () => {
    const register = (payload: Payload) => ofAct('key-register', payload)
    assert.equal(await register({ owner: 'member/other', key: keyOf('fresh') }), 'NOT_ALLOWED')
    assert.equal(await register({ owner: 'member/admin', key: keyOf('c1') }), 'ACT_CONFLICT')
    assert.equal(
      await register({ owner: 'member/admin', key: keyOf('c1').slice(1) }),
      'KEY_INVALID',
    )
    const revoke = (kid: Uint8Array, expect = 1) => ofAct('key-revoke', { kid, expect })
    assert.equal(await revoke(kidOf('member')), 'ACT_CONFLICT')
    assert.equal(await revoke(kidOf('second'), 2), 'ACT_CONFLICT')
    assert.equal(await revoke(kidOf('second')), 'VERSION_STALE')
    assert.equal(await revoke(kidOf('c1')), 'NOT_ALLOWED')
    assert.equal(await revoke(new Uint8Array(32)), 'OBJECT_NOT_FOUND')
    for (const length of [0, 31, 33, 60_000]) {
      assert.equal(await revoke(new Uint8Array(length)), 'ACT_INVALID')
    }
    const update = (validators: CborValue, expect = 1) =>
      ofAct('validators-update', { validators, expect })
    const one: CborValue = [keyOf('next'), 1]
    assert.equal(await update([one], 2), 'VERSION_STALE')
    const bad: CborValue[] = [
      [],
      [[keyOf('next')]],
      [[keyOf('next'), 0]],
      [one, one],
      [[utf8('x'), 1]],
    ]
    for (const set of bad) assert.equal(await update(set), 'ACT_INVALID')
  })
}

describe('executing a block', () => {
  let counting: LedgerWorld
  before(async () => {
    counting = await (await LedgerWorld.create({ modules: [counterModule] })).settle()
  })
  after(() => counting.remove())
  const step = (payload: Payload = {}) => counting.act('counter-step', payload)
  const count = () => countIn(counting.ledger.store)

  it('keeps nothing of an act that is refused, and all of those around it', async () => {
    const batch = [await step(), await step({ refuse: true }), await step(), utf8('none')]
    const outcomes = (await counting.ledger.submit(batch)).map(resultOf)
    assert.deepEqual(outcomes, ['appended', 'ACT_CONFLICT', 'appended', 'STATEMENT_WRONG_TAG'])
    assert.equal(count(), 2)
    const size = counting.ledger.head.firstIndex + counting.ledger.head.count
    assert.equal(
      await counting.submitOne(await step({ refuse: true })).then(resultOf),
      'ACT_CONFLICT',
    )
    assert.equal(counting.ledger.head.firstIndex + counting.ledger.head.count, size)
    assert.equal(count(), 2)
  })

  it('registers a statement once, twice in a batch or in a hundred requests', async () => {
    const record = await counting.record('same')
    const twice = await counting.ledger.submit([record, await counting.record('other'), record])
    assert.deepEqual(twice.map(resultOf), ['appended', 'appended', 'duplicate'])
    const act = await step()
    const requests = Array.from({ length: 100 }, () => counting.ledger.submit([act, record]))
    const outcomes = (await Promise.all(requests)).flat()
    const appended = outcomes.filter(({ outcome }) => outcome === 'appended')
    assert.equal(appended.length, 1)
    assert.equal(new Set(outcomes.map((one) => 'index' in one && one.index)).size, 2)
    assert.equal(count(), 3)
  })

  it('takes a retry by cti with another iat, exp and key for the same act', async () => {
    const keys = [keyOf('old'), keyOf('rotated')]
    await counting.done('credential-create', credentialOf('c2', { keys }))
    const cti = utf8('one act')
    const by = (name: string, more: RecordInput = {}, payload = 'paid') =>
      counting.record(payload, { iss: 'c2', cti, signer: namedSigner(name), ...more })
    const first = await counting.submitOne(await by('old'))
    counting.clock.now += 3 * 86_400
    const again = await counting.submitOne(await by('rotated', { exp: counting.clock.now + 60 }))
    const authority = { ...again.authority, kid: first.authority?.kid }
    assert.deepEqual({ ...again, authority }, { ...first, outcome: 'duplicate' })
    assert.notEqual(again.authority?.kid, first.authority?.kid)
    const conflicts: [RecordInput, string?][] = [
      [{}, 'paid twice'],
      [{ key: 'other' }],
      [{ contentType: 'text/html' }],
    ]
    for (const [how, payload] of conflicts) {
      const outcome = await counting.submitOne(await by('old', how, payload))
      assert.equal(resultOf(outcome), 'ACT_ID_CONFLICT')
    }
    const elsewhere = await counting.record('paid', { cti })
    assert.equal(resultOf(await counting.submitOne(elsewhere)), 'appended')
  })

  it('answers a repeat where the same statement would be refused by now', async () => {
    const expires = counting.clock.now + 100
    await counting.done('credential-create', credentialOf('c3', { expires }))
    const record = await counting.record('kept', { iss: 'c3', exp: counting.clock.now + 5 })
    const first = await counting.submitOne(record)
    counting.clock.now += 200
    const repeat = { ...first, outcome: 'duplicate' }
    assert.deepEqual(await counting.submitOne(record), repeat)
    await counting.done('credential-revoke', { id: 'c3', expect: 1 })
    assert.deepEqual(await counting.submitOne(record), repeat)
    const fresh = await counting.submitOne(await counting.record('new', { iss: 'c3' }))
    assert.equal(resultOf(fresh), 'CREDENTIAL_REVOKED')
  })
})

describe('a version of a module', () => {
  it('holds from its height on, also within what waits for one block', async () => {
    const counting = await LedgerWorld.create({ modules: [counterModule] })
    const step = () => counting.act('counter-step', {})
    await counting.done('counter-step', {})
    await counting.done('counter-switch', { height: 4 })
    await counting.ledger.submit([await step(), await step()])
    assert.equal(countIn(counting.ledger.store), 3)
    await counting.ledger.submit([await step(), await step()])
    assert.equal(countIn(counting.ledger.store), 23)
    const again = await counting.submitOne(await counting.act('counter-switch', { height: 9 }))
    assert.equal(resultOf(again), 'ACT_UNKNOWN')
    await counting.remove()
  })
})
