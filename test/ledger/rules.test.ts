import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type CborValue,
  type Claims,
  encodeCbor,
  signStatement,
  toHex,
  utf8,
  verifyReceipts,
  verifyStateProof,
} from '@openbsn/sdk'
import { keyOf, kidOf, LedgerWorld } from '../../src/testing/ledger-world.ts'
import { namedSigner } from '../../src/testing/named-signer.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { type ModelAct, type ModelStatement, RulesModel } from './rules-model.ts'

const prng = testPrng()
const oneIn = (count: number) => prng.int(1, count) === 1
const oneOf = <T>(...items: readonly [T, ...T[]]): T =>
  items[prng.int(0, items.length - 1)] ?? items[0]

const serviceIds = ['flights', 'sensors', 'points', 'nowhere'] as const
const credentialIds = Array.from({ length: 30 }, (_, i) => `c${i}`)
const keyNames = Array.from({ length: 60 }, (_, i) => `key ${i}`)
const anyCredential = () => credentialIds[prng.int(0, credentialIds.length - 1)] ?? ''
const anyKey = () => keyNames[prng.int(0, keyNames.length - 1)] ?? ''

function oneKeyOf(map: ReadonlyMap<string, unknown>): string {
  const keys = [...map.keys()]
  return keys[prng.int(0, Math.max(0, keys.length - 1))] ?? 'c0'
}

const moduleOf = { service: 'bsn:services', credential: 'bsn:credentials', key: 'bsn:keys' }
const controlType = (does: string) => `application/vnd.openbsn.${does}+cbor`

function actOf(model: RulesModel, now: number): ModelAct {
  const id = oneIn(3) ? anyCredential() : oneKeyOf(model.credentials)
  const present = (of: ReadonlyMap<string, { readonly version: number }>, name: string) =>
    oneIn(5) ? prng.int(1, 3) : (of.get(name)?.version ?? 1)
  switch (prng.int(0, 19)) {
    case 0:
    case 1: {
      const does = oneOf('credential-revoke', 'credential-freeze', 'credential-unfreeze')
      return { does, id, expect: present(model.credentials, id) }
    }
    case 16:
    case 17: {
      const keys = oneIn(2) ? [anyKey()] : [anyKey(), anyKey()]
      const until = now + oneOf(0, -5, 30, 300, 100 * 86_400)
      const expect = present(model.credentials, id)
      return { does: 'credential-rotate', id, expect, keys, until }
    }
    case 18:
    case 19: {
      const service = oneOf(...serviceIds)
      const last = oneIn(6) ? 'service-retire' : 'service-unfreeze'
      const does = oneOf('service-freeze', 'service-unfreeze', last)
      return { does, id: service, expect: present(model.services, service) }
    }
    case 2:
      return { does: 'key-register', key: anyKey() }
    case 3:
      return { does: 'key-revoke', key: oneIn(5) ? 'member' : anyKey(), expect: oneOf(1, 1, 2) }
    case 4:
    case 5:
    case 6:
      return { does: 'service-create', id: oneOf(...serviceIds) }
    default: {
      const keys = oneIn(2) ? [anyKey()] : [anyKey(), anyKey()]
      const expires = oneIn(6) ? { expires: now + prng.int(-20, 800) } : {}
      return { does: 'credential-create', id, service: oneOf(...serviceIds), keys, ...expires }
    }
  }
}

type Common = Pick<ModelStatement, 'key' | 'iss' | 'aud' | 'iat'>

/** Who says it, when: mostly right, wrong in every way now and then. */
function commonOf(key: string, model: RulesModel, now: number): Common {
  const owner = model.keys.get(key)?.owner ?? 'credential/c0'
  const iss = oneIn(25) ? 'nobody' : owner.replace(/^.*\//, '')
  const iat = now + (oneIn(30) ? 700 : prng.int(-200_000, 300))
  return { key, iss, aud: oneIn(40) ? 'elsewhere' : 'here', iat }
}

function actStatement(model: RulesModel, now: number): ModelStatement {
  const act = actOf(model, now)
  const common = commonOf(oneIn(10) ? anyKey() : 'member', model, now)
  const exp = oneIn(15) ? undefined : now + (oneIn(15) ? oneOf(-1, 0, 4000) : 900)
  const cti = oneIn(15) ? undefined : `act ${oneIn(6) ? prng.int(0, 3) : prng.int(0, 1e9)}`
  const sub = moduleOf[act.does.replace(/-.*/, '') as keyof typeof moduleOf]
  const form = { sub, type: controlType(act.does), payload: JSON.stringify(act) }
  return { kind: 'act', ...common, ...form, act, ...defined({ exp, cti }) }
}

function recordStatement(model: RulesModel, now: number): ModelStatement {
  const live = [...model.keys].filter(([, { revoked }]) => !revoked).map(([name]) => name)
  const key = oneIn(4) ? anyKey() : (live[prng.int(0, live.length - 1)] ?? 'member')
  const common = commonOf(key, model, now)
  const service = model.credentials.get(common.iss)?.service
  const sub = service && !oneIn(8) ? service : oneOf(...serviceIds)
  const isOdd = oneIn(40)
  const type = isOdd ? controlType('service-create') : oneOf('text/plain', 'application/json')
  const more = defined({
    exp: oneIn(6) ? now + prng.int(-2, 100) : undefined,
    cti: oneIn(2) ? `record ${prng.int(0, 25)}` : undefined,
    recordKey: oneIn(3) ? oneOf('row', 'line') : undefined,
  })
  return { kind: 'record', ...common, sub, type, payload: `${prng.int(0, 2)}`, ...more }
}

function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as never
}

function payloadOf(act: ModelAct): Record<string, CborValue> {
  switch (act.does) {
    case 'service-create':
      return { id: act.id, framework: 'records' }
    case 'credential-create': {
      const { id, service, keys, expires } = act
      return { id, service, label: id, keys: keys.map(keyOf), ...defined({ expires }) }
    }
    case 'credential-rotate': {
      const { id, expect, until } = act
      return { id, expect, until, keys: act.keys.map(keyOf) }
    }
    case 'service-freeze':
    case 'service-unfreeze':
    case 'service-retire':
    case 'credential-freeze':
    case 'credential-unfreeze':
    case 'credential-revoke':
      return { id: act.id, expect: act.expect }
    case 'key-register':
      return { owner: 'member/admin', key: keyOf(act.key) }
    case 'key-revoke':
      return { kid: kidOf(act.key), expect: act.expect }
  }
}

const signers = new Map<string, ReturnType<typeof namedSigner>>()
function signerOf(name: string) {
  const signer = signers.get(name) ?? namedSigner(name)
  signers.set(name, signer)
  return signer
}

function sign(one: ModelStatement, ledger: string): Promise<Uint8Array> {
  const { iss, sub, iat, exp, cti, recordKey } = one
  const aud = one.aud === 'here' ? ledger : 'bsn1elsewhere'
  const more = defined({ exp, cti: cti === undefined ? undefined : utf8(cti), key: recordKey })
  const claims: Claims = { iss, sub, aud, iat, ...more }
  const payload = one.act
    ? encodeCbor(new Map(Object.entries(payloadOf(one.act))))
    : utf8(one.payload)
  return signStatement({ contentType: one.type, claims, payload }, signerOf(one.key))
}

/** Runs blocks through ledger and model, and counts what became of the statements. */
async function runBlocks(
  world: LedgerWorld,
  model: RulesModel,
  blocks: number,
  counts: Map<string, number>,
): Promise<void> {
  const sent: ModelStatement[] = []
  for (let block = 0; block < blocks; block++) {
    const batch = Array.from({ length: prng.int(1, 8) }, (): ModelStatement => {
      const old = sent[prng.int(0, sent.length)]
      if (old && oneIn(7)) return old
      return (oneIn(4) ? actStatement : recordStatement)(model, world.clock.now)
    })
    sent.push(...batch)
    const outcomes = await runBlock(world, model, batch, `seed ${prng.seed}, block ${block}`)
    for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
    world.clock.now += oneIn(8) ? prng.int(-60, 100) : prng.int(0, 10)
    if (oneIn(25)) await world.reopen()
  }
}

async function runBlock(
  world: LedgerWorld,
  model: RulesModel,
  batch: readonly ModelStatement[],
  what: string,
): Promise<string[]> {
  const wanted = model.submit(batch, world.clock.now)
  const bytes = await Promise.all(batch.map((one) => sign(one, world.id)))
  const outcomes = await world.ledger.submit(bytes)
  const names = outcomes.map((outcome, i) => {
    const { outcome: name, ...rest } = outcome
    const got = 'code' in rest ? { outcome: name, code: rest.code } : outcome
    assert.deepEqual(got, wanted[i], `${what}, statement ${i}: ${JSON.stringify(batch[i])}`)
    return 'code' in rest ? rest.code : name
  })
  const { height, time, firstIndex, count } = world.ledger.head
  assert.deepEqual([height, time, firstIndex + count], [model.height, model.time, model.size], what)
  return names
}

function verifyAll(world: LedgerWorld, model: RulesModel): void {
  const { keys } = world
  for (let index = 0; index < model.size; index++) {
    const entry = world.ledger.entry(index)
    assert.ok(entry)
    const { height } = verifyReceipts(entry.statement, world.ledger.receipts(index), keys)
    assert.equal(height, entry.height)
  }
  const names = [
    ...keyNames.map((name) => `key/${toHex(kidOf(name))}`),
    ...serviceIds.map((id) => `service/${id}`),
    ...credentialIds.map((id) => `credential/${id}`),
  ]
  const there = names.filter((key) => {
    const { value, proof, block } = world.ledger.state(key)
    verifyStateProof(proof, { stateRoot: block.stateRoot, key, value })
    return value !== null
  })
  assert.equal(there.length, model.keys.size - 1 + model.services.size + model.credentials.size)
}

/** The same blocks, executed by another node: it must come to the same hashes. */
async function replay(world: LedgerWorld): Promise<void> {
  const other = await LedgerWorld.create()
  assert.equal(other.id, world.id)
  const { application } = other.ledger
  for (let height = 1; height <= world.ledger.head.height; height++) {
    const { time, firstIndex, count, appHash, signatures } = world.block(height)
    const statements = Array.from({ length: count }, (_, i) => {
      return world.ledger.entry(firstIndex + i)?.statement ?? new Uint8Array()
    })
    const proposal = await application.process({ height, time }, statements)
    assert.ok(!('code' in proposal), JSON.stringify(proposal))
    const execution = application.execute(proposal)
    assert.equal(toHex(execution.block.appHash), toHex(appHash), `height ${height}`)
    application.execute({ ...proposal, statements: [] })
    await application.commit(execution, signatures)
  }
  assert.equal(toHex(other.ledger.head.appHash), toHex(world.ledger.head.appHash))
  await other.remove()
}

describe('the rules of a ledger, against a model in plain maps', () => {
  it('give the same outcome for every statement, over restarts and moving clocks', async (t) => {
    const codes = new Map<string, number>()
    for (let round = 0; round < 4; round++) {
      const world = await LedgerWorld.create({ memtableEntries: 64 })
      const model = new RulesModel(world.clock.now)
      await runBlocks(world, model, 130, codes)
      verifyAll(world, model)
      await replay(world)
      await world.remove()
      assert.deepEqual(world.failures, [])
    }
    t.diagnostic(`seed ${prng.seed}: ${JSON.stringify(Object.fromEntries(codes))}`)
    assert.ok(
      codes.size >= 14 && (codes.get('appended') ?? 0) > 200,
      `seed ${prng.seed}: only ${[...codes.keys()]}`,
    )
  })
})
