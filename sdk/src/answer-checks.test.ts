import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { algorithmByName } from './algorithms.ts'
import { toBase64url } from './base64url.ts'
import { toHex, utf8 } from './bytes.ts'
import { type CborValue, encodeCbor } from './cbor.ts'
import { type ClientOptions, createClient } from './client.ts'
import {
  encodeGenesis,
  encodeValidators,
  ledgerIdOf,
  type Validator,
  validator,
} from './genesis.ts'
import { idempotencyActId, rowActId } from './idempotency.ts'
import {
  encodeKeyBundle,
  validatorsModule,
  validatorsUpdateType,
  verifyKeyBundle,
} from './key-bundle.ts'
import { checkpointSigStructure, encodeAnchor, encodeCheckpoint, encodeReceipt } from './receipt.ts'
import { sha256 } from './sha256-node.ts'
import { createSigner, type Signer } from './signer.ts'
import { encodeStateProof, stateKeyHash, stateLeafHash } from './state-proof.ts'
import { leafHash, signStatement } from './statement.ts'

const edDsa = algorithmByName('EdDSA') ?? assert.fail()
const [founder, later, stranger] = [1, 2, 3].map((n) =>
  createSigner(edDsa, new Uint8Array(32).fill(n)),
) as [Signer, Signer, Signer]
const set = (...signers: Signer[]): Validator[] => signers.map(({ key }) => validator(key, 1))
const genesis = encodeGenesis({
  ...{ name: 'Harbour', time: 1, nonce: new Uint8Array(16) },
  ...{ member: { id: 'm-1', key: founder.key }, validators: set(founder) },
})
const ledger = ledgerIdOf(genesis)
const firstBundle = encodeKeyBundle({ genesis, changes: [] })
const keys = verifyKeyBundle(firstBundle, ledger)
const value = utf8('running')
const stateLeaf = { keyHash: stateKeyHash('service/s'), valueHash: sha256(value) }
const stateRoot = stateLeafHash(stateLeaf)

type Signed = { signer?: Signer; height?: number; ledger?: string }

/** Of a log with one entry: its leaf is the root. */
async function signed(entry: Uint8Array, { signer = founder, height = 1, ...of }: Signed = {}) {
  const anchor = { ledger: of.ledger ?? ledger, size: 1, height, time: 9, stateRoot }
  const header = encodeAnchor(anchor, edDsa, validator(signer.key, 1).kid)
  const root = leafHash(entry)
  const signature = await signer.sign(checkpointSigStructure(header, root))
  return {
    receipt: encodeReceipt(header, { size: 1, index: 0, path: [] }, signature),
    checkpoint: encodeCheckpoint(header, root, signature),
    logRoot: root,
  }
}

function statement(text: string, id = 'act', more: object = {}): Promise<Uint8Array> {
  const claims = { iss: 'c-1', sub: 's', aud: ledger, iat: 1, cti: utf8(id), ...more }
  return signStatement({ contentType: 'text/plain', claims, payload: utf8(text) }, stranger)
}

const outcomeOf = async (entry: Uint8Array, how: Signed = {}, more: object = {}) => ({
  ...{ outcome: 'appended', index: 0, height: how.height ?? 1 },
  ...{ receipt: toBase64url((await signed(entry, how)).receipt), statement: toBase64url(entry) },
  ...more,
})

type Answers = (path: string) => unknown | Promise<unknown>

/** Two gateways, `a` before `b`; who was asked, and who was left for what. */
function gateways(a: Answers, b: Answers, options: Partial<ClientOptions> = {}) {
  const asked: string[] = []
  const left: string[] = []
  const doFetch = async (url: string | URL | Request) => {
    const { host, pathname, search } = new URL(String(url))
    const path = (pathname + search).replace(`/api/v1/ledgers/${ledger}`, '')
    asked.push(`${host} ${path}`)
    const answer = await (host === 'a' ? a : b)(path)
    if (answer instanceof Response) return answer
    return answer instanceof Uint8Array
      ? new Response(answer as Uint8Array<ArrayBuffer>)
      : Response.json(answer)
  }
  const client = createClient({
    ...{ gateways: ['http://a', 'http://b'], ledger, keys, prefer: 'first', retryDelayMs: 1 },
    fetch: doFetch as typeof fetch,
    onLeave: (gateway, { code }) => left.push(`${gateway} ${code}`),
    ...options,
  })
  return { client, asked, left }
}

const lies = { code: 'GATEWAY_LIES', retryable: true }

describe('an answer to statements', () => {
  it('that does not hold is asked for again elsewhere, and never there any more', async () => {
    const sent = await statement('mine')
    const other = await statement('other')
    const good = await outcomeOf(sent)
    const bad: Record<string, unknown> = {
      'another entry': await outcomeOf(other),
      'a receipt of another entry': { ...good, receipt: (await outcomeOf(other)).receipt },
      'a key that is not trusted': await outcomeOf(sent, { signer: stranger }),
      'another ledger': await outcomeOf(sent, { ledger: `bsn1${'0'.repeat(40)}` }),
      'another index': { ...good, index: 1 },
      'another height': { ...good, height: 2 },
      'no receipt': { ...good, receipt: undefined },
      'no base64url': { ...good, receipt: '!' },
    }
    for (const [what, outcome] of Object.entries(bad)) {
      const answersKeys = (path: string, one: unknown) =>
        path === '/keys' ? firstBundle : { outcomes: [one] }
      const net = gateways(
        (path) => answersKeys(path, outcome),
        (path) => answersKeys(path, good),
      )
      assert.deepEqual(await net.client.submit([sent], { receipts: true }), [good], what)
      assert.deepEqual(net.left, ['http://a GATEWAY_LIES'], what)
      const before = net.asked.length
      await net.client.submit([sent], { receipts: true })
      assert.deepEqual(net.asked.slice(before), ['b /entries?include=receipt'], what)
    }
  })

  it('is refused for good where every gateway lies', async () => {
    const sent = await statement('mine')
    const wrong = { outcomes: [await outcomeOf(await statement('other'))] }
    const { client, asked } = gateways(
      () => wrong,
      () => wrong,
    )
    await assert.rejects(client.submit([sent], { receipts: true }), {
      ...lies,
      details: { gateway: 'http://b' },
    })
    assert.equal(asked.length, 2)
  })

  it('may be a repeat that was signed before, a pending one, or a refusal', async () => {
    const [first, again] = [await statement('mine', 'act', { iat: 5 }), await statement('mine')]
    const repeat = await outcomeOf(first, {}, { outcome: 'duplicate' })
    const pending = { ...(await outcomeOf(again)), receipt: 'pending' }
    const refused = { outcome: 'refused', code: 'KEY_UNKNOWN', detail: '' }
    const outcomes = [repeat, pending, refused]
    const { client, left } = gateways(
      () => ({ outcomes }),
      () => assert.fail(),
    )
    assert.deepEqual(await client.submit([again, again, again], { receipts: true }), outcomes)
    assert.deepEqual(left, [])
    const forged = await outcomeOf(await statement('other'), {}, { outcome: 'duplicate' })
    const one = gateways(
      () => ({ outcomes: [forged] }),
      () => ({ outcomes: [repeat] }),
    )
    await one.client.submit([again], { receipts: true })
    assert.deepEqual(one.left, ['http://a GATEWAY_LIES'])
  })

  it('is not checked where nobody asked for that', async () => {
    const wrong = { outcomes: [await outcomeOf(await statement('other'))] }
    const sent = await statement('mine')
    for (const options of [{ checkAnswers: false }, { keys: undefined }] as object[]) {
      const { client, left } = gateways(
        () => wrong,
        () => assert.fail(),
        options,
      )
      await client.submit([sent], { receipts: true })
      assert.deepEqual(left, [])
    }
  })
})

describe('keys that changed', () => {
  const update = async () => {
    const act = new Map<string, CborValue>([
      ['expect', 1],
      ['validators', encodeValidators(set(later))],
    ])
    const claims = { iss: 'm-1', sub: validatorsModule, aud: ledger, iat: 1, cti: utf8('u') }
    const input = { contentType: validatorsUpdateType, claims, payload: encodeCbor(act) }
    const bytes = await signStatement(input, founder)
    return encodeKeyBundle({
      genesis,
      changes: [{ statement: bytes, receipts: [(await signed(bytes)).receipt] }],
    })
  }

  it('are asked for, and believed only where the old ones vouch for them', async () => {
    const sent = await statement('mine')
    const good = await outcomeOf(sent, { signer: later, height: 3 })
    const newer = await update()
    const honest = (path: string) => (path === '/keys' ? newer : { outcomes: [good] })
    const { client, asked, left } = gateways(honest, () => assert.fail())
    await client.submit([sent], { receipts: true })
    await client.submit([sent], { receipts: true })
    assert.deepEqual(left, [])
    assert.equal(asked.filter((one) => one === 'a /keys').length, 1)
    const forged = await outcomeOf(sent, { signer: founder, height: 3 })
    // A bundle that leaves the change out would make the old key good again.
    const old = (path: string) => (path === '/keys' ? firstBundle : { outcomes: [forged] })
    const known = { keys: verifyKeyBundle(newer, ledger) }
    const rollback = gateways(old, honest, known)
    await rollback.client.submit([sent], { receipts: true })
    assert.deepEqual(rollback.left, ['http://a GATEWAY_LIES'])
  })

  it('come as a bundle that is of this ledger, or the gateway is left', async () => {
    const foreign = encodeKeyBundle({
      genesis: encodeGenesis({
        ...{ name: 'Other', time: 1, nonce: new Uint8Array(16) },
        ...{ member: { id: 'm-1', key: founder.key }, validators: set(founder) },
      }),
      changes: [],
    })
    const { client, left } = gateways(
      () => foreign,
      () => firstBundle,
    )
    assert.deepEqual(await client.keyBundle(), firstBundle)
    assert.deepEqual(left, ['http://a GATEWAY_LIES'])
  })
})

describe('an answer to records', () => {
  const node = (key: string, id: Uint8Array, text: string, more: object = {}) =>
    signStatement(
      {
        contentType: 'application/json',
        claims: { iss: 'm-1', credential: 'c-1', sub: 's', aud: ledger, iat: 1, cti: id, key },
        payload: utf8(text),
        ...more,
      },
      stranger,
    )
  const record = { key: 'k', value: { b: 1, a: undefined, c: [2] } }

  it('shows what was sent, as it is registered, under the act of its key', async () => {
    const id = idempotencyActId('request')
    const good = await outcomeOf(await node('k', id, '{"b":1,"c":[2]}'))
    const bad = {
      'another value': await node('k', id, '{"b":2,"c":[2]}'),
      'another key': await node('x', id, '{"b":1,"c":[2]}'),
      'another act': await node('k', utf8('another'), '{"b":1,"c":[2]}'),
      'another type': await node('k', id, '{"b":1,"c":[2]}', { contentType: 'text/plain' }),
    }
    for (const [what, entry] of Object.entries(bad)) {
      const wrong = await outcomeOf(entry)
      const { client, left } = gateways(
        () => wrong,
        () => good,
      )
      const how = { idempotencyKey: 'request', receipts: true }
      assert.deepEqual(await client.records('s').put(record, how), good, what)
      assert.deepEqual(left, ['http://a GATEWAY_LIES'], what)
    }
  })

  it('has an act for every row, and of a private value the commitment alone', async () => {
    const id = (row: number) => rowActId(idempotencyActId('batch'), row)
    const [first, second] = [
      await node('k', id(0), '{"b":1,"c":[2]}'),
      await node('k', id(1), '"x"'),
    ]
    const outcomes = [await outcomeOf(first), await outcomeOf(second)]
    const rows = [record, { key: 'k', value: 1, private: { subject: 'p' } }]
    const how = { idempotencyKey: 'batch', receipts: true }
    const { client: right } = gateways(
      () => ({ outcomes }),
      () => assert.fail('asked for nothing'),
    )
    assert.deepEqual((await right.records('s').putMany(rows, how)).outcomes, outcomes)
    // Another gateway would make another commitment than this one may have registered.
    const { client, left } = gateways(
      () => ({ outcomes: outcomes.toReversed() }),
      () => ({ outcomes }),
    )
    await assert.rejects(client.records('s').putMany(rows, how), { code: 'GATEWAY_LIES' })
    assert.deepEqual(left, ['http://a GATEWAY_LIES'])
  })
})

describe('receipts, checkpoints and state', () => {
  it('are checked as they come', async () => {
    const entry = await statement('mine')
    const { receipt, checkpoint, logRoot } = await signed(entry)
    const good = {
      ...{ height: 1, time: 9, size: 1, logRoot: toHex(logRoot), stateRoot: toHex(stateRoot) },
      checkpoints: [toBase64url(checkpoint)],
    }
    const proof = toBase64url(encodeStateProof({ siblings: [], leaf: stateLeaf }))
    const state = { key: 'service/s', value: toBase64url(value), proof, checkpoint: good }
    const foreign = (await signed(entry, { ledger: `bsn1${'0'.repeat(40)}` })).receipt
    const cases: [
      string,
      unknown,
      unknown,
      (client: ReturnType<typeof createClient>) => unknown,
    ][] = [
      ['receipt', foreign, receipt, (client) => client.receipt(0)],
      ['receipt', (await signed(utf8('x'))).receipt, receipt, (c) => c.receipt(0, entry)],
      ['checkpoint', { ...good, size: 2 }, good, (client) => client.checkpoint()],
      ['checkpoint', { ...good, height: 2 }, good, (client) => client.checkpoint(1)],
      ['state', { ...state, value: toBase64url(utf8('no')) }, state, (c) => c.state('service/s')],
      ['state', { ...state, key: 'service/t' }, state, (c) => c.state('service/s')],
    ]
    for (const [what, bad, right, ask] of cases) {
      const { client, left } = gateways(
        () => bad,
        () => right,
      )
      assert.deepEqual(await ask(client), right, what)
      assert.deepEqual(left, ['http://a GATEWAY_LIES'], what)
    }
    const none = { ...good, checkpoints: [] }
    const unsigned = gateways(
      () => none,
      () => assert.fail(),
    )
    assert.deepEqual(await unsigned.client.checkpoint(), none)
  })

  it('are of the ledger that was asked about, as every answer says', async () => {
    const headers = { 'x-bsn-ledger': `bsn1${'0'.repeat(40)}` }
    const own = Response.json({ height: 7 }, { headers: { 'x-bsn-ledger': ledger } })
    const { client, left } = gateways(
      () => Response.json({ height: 8 }, { headers }),
      () => own,
      { checkAnswers: false },
    )
    assert.deepEqual(await client.checkpoint(), { height: 7 })
    assert.deepEqual(left, ['http://a GATEWAY_LIES'])
  })
})
