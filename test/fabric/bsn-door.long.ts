import assert from 'node:assert/strict'
import { createHash, randomBytes, verify, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, describe, it, type TestContext } from 'node:test'
import { common, msp, peer } from '@hyperledger/fabric-protos'
import { viewBlock } from '../../src/frameworks/fabric/blocks/block-view.ts'
import type { EndpointName } from '../../src/gateway/doors/bsn/endpoints.ts'
import type { JsonObject } from '../../src/kernel/json.ts'
import { type BsnAnswer, type BsnClient, bsnRequest } from '../../src/testing/bsn-client.ts'
import { until } from '../../src/testing/engine-program.ts'
import { Receiver } from '../../src/testing/receiver.ts'
import { pythonClient } from './bsn-python.ts'
import { BsnWorld, type ServiceName } from './bsn-world.ts'

type Called = {
  readonly blockInfo: { readonly txId: string; readonly blockHash: string; readonly status: number }
  readonly ccRes: { readonly ccCode: number; readonly ccData: string }
}
type Shown = { readonly status: number; readonly createName: string; readonly blockNumber: number }

const pair = (baseKey: string, baseValue: unknown) => JSON.stringify({ baseKey, baseValue })
const newNonce = () => randomBytes(24).toString('base64')

describe('the door for clients of BSN, on real Fabric', { timeout: 600_000 }, () => {
  let world: BsnWorld
  before(async () => {
    world = await BsnWorld.create()
  })
  after(async () => { if (process.env.DBG) for (const l of world.lines) if (!l.includes('"debug"')) console.log(l.slice(0,1500)); await world?.close() })

  async function python(t: TestContext, service: ServiceName) {
    const own = { gateway: world.address, gatewayKey: await world.gatewayKey() }
    const folder = `${world.folder.path}/${service}`
    return pythonClient(t, { ...world.client(`${service}-key`), ...own, folder })
  }
  const ask = (client: BsnClient, path: EndpointName, body: JsonObject = {}) =>
    send(path, bsnRequest(client, path, body))
  async function send(path: string, request: unknown): Promise<BsnAnswer> {
    const init = { method: 'POST', body: JSON.stringify(request) }
    return (
      await fetch(`${world.address}/api/fabric/v1/${path}`, init)
    ).json() as Promise<BsnAnswer>
  }
  /** A transaction once it is in a block. */
  async function settled(client: BsnClient, txId: string): Promise<Shown> {
    let shown: Shown | undefined
    await until('it is in a block', async () => {
      const answer = await ask(client, 'node/getTransaction', { txId })
      shown = answer.body as Shown
      return answer.header.code === 0 && shown.status !== -1
    })
    return shown ?? assert.fail('no transaction')
  }

  it('serves the official client in key-trust, with its notifications', async (t) => {
    const receiver = await Receiver.create()
    t.after(() => receiver.down())
    let answers = 0
    receiver.react = (_received, response) => {
      // The first one is not acknowledged, and comes again.
      response.end(answers++ === 0 ? 'busy' : 'success')
    }
    const client = await python(t, 'assets')
    const own = world.client('assets-key')
    assert.deepEqual(client.appInfo, {
      ...{ appName: 'assets', appType: 'fabric', caType: 1, algorithmType: 2 },
      ...{ mspId: 'alphaMSP', channelId: 'assets', fabricVersion: '2.2.1' },
    })
    assert.deepEqual(await client.body('register_user', ['ann', '123456']), {
      name: 'ann',
      secret: '123456',
    })
    const registered = (await client.body('event_register', [
      ...['kv', 'set', receiver.url, 'a=1'],
    ])) as { eventId: string }
    const value = pair('k1', 'one')
    const more = { transientData: { a: '1', b: '2' } }
    const set = (await client.body('req_chain_code', ['kv', 'set', 'ann', [value]], more)) as Called
    assert.deepEqual(set.ccRes, { ccCode: 200, ccData: 'SUCCESS' })
    assert.deepEqual([set.blockInfo.blockHash, set.blockInfo.status], ['', 0])
    const { txId } = set.blockInfo
    const { status, createName, blockNumber } = await settled(own, txId)
    assert.deepEqual([status, createName], [0, 'ann@assets-key'])
    const got = (await client.body('req_chain_code', ['kv', 'get', '', ['k1']])) as Called
    assert.equal(got.ccRes.ccData, 'one')
    // What wrote nothing was not ordered.
    const asked = await client.call('get_transaction', [got.blockInfo.txId])
    assert.ok(asked.answer?.body && (asked.answer.body as Shown).status === -1)
    const byId = (await client.body('get_block_info', [], { txId })) as Record<string, unknown>
    const byNumber = await client.body('get_block_info', [], { blockNumber })
    assert.deepEqual(byNumber, byId)
    const byHash = await client.body('get_block_info', [], { blockHash: byId.blockHash })
    assert.deepEqual(byHash, byId)
    const ledger = (await client.body('get_ledger_info')) as { height: number; blockHash: string }
    assert.equal(ledger.height, blockNumber + 1)
    assert.equal(ledger.blockHash, byId.blockHash)
    const refused = await client.call('req_chain_code', ['kv', 'set', 'ann', [value]])
    assert.match(refused.raised ?? '', /key value already exists/)
    const listed = await client.body('event_query')
    assert.equal((listed as { eventId: string }[])[0]?.eventId, registered.eventId)
    await receiver.until(() => receiver.history.length === 2)
    const [first, second] = receiver.history.map(({ body }) => body)
    assert.equal(first, second)
    const told = JSON.parse(first ?? '') as { header: BsnClient; mac: string; body: object }
    const { eventId } = registered
    const { nonceStr, ...notice } = told.body as { nonceStr: string }
    assert.deepEqual(notice, {
      ...{ chainCode: 'kv', orgCode: 'alphaMSP', eventKey: 'set', eventId, attachArgs: 'a=1' },
      ...{ eventName: 'set', txId, payload: value, blockNumber },
    })
    // As its receiver checks it, in the order of its members.
    const { userCode, appCode } = told.header
    assert.deepEqual([userCode, appCode], [own.userCode, own.appCode])
    const text = userCode + appCode + Object.values(notice).join('') + nonceStr
    const { publicKey } = new X509Certificate(await world.gatewayKey())
    assert.ok(verify('sha256', Buffer.from(text), publicKey, Buffer.from(told.mac, 'base64')))
    assert.equal(await client.call('event_remove', [eventId]).then((ran) => ran.raised), undefined)
    assert.ok(Array.isArray((await client.call('event_query')).answer?.body))
  })

  it('serves the official client in public-key-upload', async (t) => {
    const client = await python(t, 'deeds')
    const own = world.client('deeds-key')
    assert.equal((client.appInfo as { caType: number }).caType, 2)
    const made = (await client.body('register_user', ['bob', ''])) as { secret: string }
    assert.match(made.secret, /^[0-9a-f]{32}$/)
    const wrong = await client.call('enroll_user', ['bob', 'other'])
    assert.match(wrong.raised ?? '', /secret/)
    const { cert } = (await client.body('enroll_user', ['bob', made.secret])) as { cert: string }
    assert.match(cert, /^-----BEGIN CERTIFICATE-----/)
    const value = pair('d1', 'deed')
    const set = (await client.body('not_trust_trans', ['kv', 'set', 'bob', [value]])) as Called
    assert.deepEqual(set.ccRes, { ccCode: 200, ccData: 'SUCCESS' })
    const { status, createName } = await settled(own, set.blockInfo.txId)
    assert.deepEqual([status, createName], [0, 'gateway'])
    const got = (await client.body('not_trust_trans', ['kv', 'get', 'bob', ['d1']])) as Called
    assert.equal(got.ccRes.ccData, 'deed')
    // The transaction names what the user signed, and the gateway has it.
    const row = rowOf(set.blockInfo.txId)
    const proposal = peer.SignedProposal.deserializeBinary(row.proposal)
    const nonce = createHash('sha256').update(proposal.getProposalBytes_asU8()).digest()
    const { transData } = (await ask(own, 'node/getTransdata', { txId: row.told })).body as {
      transData: string
    }
    const inBlock = signerOf(Buffer.from(transData, 'base64'))
    assert.deepEqual(Buffer.from(inBlock.getNonce_asU8()), nonce)
    const creator = msp.SerializedIdentity.deserializeBinary(inBlock.getCreator_asU8())
    assert.equal(creator.getMspid(), 'alphaMSP')
    // By the id that the client computed, as by the real one.
    assert.notEqual(row.told, set.blockInfo.txId)
    assert.deepEqual(await settled(own, row.told), await settled(own, set.blockInfo.txId))
    // The same again, byte for byte, and what was changed in it.
    const again = Buffer.from(row.proposal).toString('base64')
    assert.equal(
      (await ask(own, 'node/trans', { transData: again })).header.errCode,
      'BSN_NONCE_USED',
    )
    for (const [change, why] of proposalChanges(row.proposal)) {
      const transData = Buffer.from(change).toString('base64')
      const { header } = await ask(own, 'node/trans', { transData })
      assert.equal(header.errCode, 'PROPOSAL_INVALID', why)
    }
    // An enrolment anew takes the place of the one before.
    await client.body('enroll_user', ['bob', made.secret])
    assert.equal(
      (await ask(own, 'node/trans', { transData: again })).header.errCode,
      'PROPOSAL_INVALID',
    )
    const next = (await client.body('not_trust_trans', ['kv', 'get', 'bob', ['d1']])) as Called
    assert.equal(next.ccRes.ccData, 'deed')
  })

  function rowOf(made: string): { told: string; proposal: Uint8Array } {
    const row = world.rows('SELECT told, proposal FROM bsn_calls WHERE made = ?', made)[0]
    return row as { told: string; proposal: Uint8Array }
  }

  it('counts a nonce once, and a signed text once, over restarts', async () => {
    const client = world.client('assets-key')
    await ask(client, 'user/register', { name: 'eve', secret: 's' })
    const call = { userName: 'eve', nonce: newNonce(), chainCode: 'kv', funcName: 'set' }
    const request = bsnRequest(client, 'node/reqChainCode', { ...call, args: [pair('n1', '1')] })
    const path = 'node/reqChainCode'
    const done = (await send(path, request)).body as Called
    assert.equal(done.ccRes.ccData, 'SUCCESS')
    assert.equal((await send(path, request)).header.errCode, 'BSN_NONCE_USED')
    await world.stop()
    await world.start()
    assert.equal((await send(path, request)).header.errCode, 'BSN_NONCE_USED')
    const other = { ...call, args: [pair('n2', '2')] }
    assert.equal((await ask(client, path, other)).header.errCode, 'BSN_NONCE_USED')
    // Cut in another way the text is the same, and so is the mac: it is of nobody, or came before.
    const moved = { ...request, body: { ...request.body, chainCode: 'k', funcName: 'vset' } }
    assert.equal((await send(path, moved)).header.errCode, 'BSN_NONCE_USED')
    // Another user has nonces of its own.
    await ask(client, 'user/register', { name: 'ned', secret: 's' })
    const others = { ...call, userName: 'ned', args: [pair('n3', '3')] }
    assert.equal((await ask(client, path, others)).header.code, 0)
    assert.equal((await settled(client, done.blockInfo.txId)).createName, 'eve@assets-key')
  })

  it('lets nobody write who may not, and everybody ask who may', async () => {
    const reader = await world.addApplication('assets', 'reader-key', ['records:read'])
    const writer = await world.addApplication('assets', 'writer-key', ['records:write'])
    const call = (funcName: string, ...args: string[]) => ({
      ...{ userName: '', nonce: newNonce(), chainCode: 'kv', funcName, args },
    })
    await ask(writer, 'node/reqChainCode', call('set', pair('r1', 'x')))
    const path = 'node/reqChainCode'
    await until('it is there', async () => {
      return (await ask(reader, path, call('get', 'r1'))).header.code === 0
    })
    const set = await ask(reader, path, call('set', pair('r2', 'x')))
    assert.equal(set.header.errCode, 'SCOPE_MISSING')
    const get = await ask(writer, path, call('get', 'r1'))
    assert.equal(get.header.errCode, 'SCOPE_MISSING')
    const missing = await ask(reader, path, call('get', 'r2'))
    assert.match(missing.header.msg, /data not found/)
    assert.equal((await ask(reader, path, call('drop'))).header.errCode, 'FUNCTION_UNKNOWN')
    const none = { ...call('get', 'r1'), chainCode: 'nothing' }
    assert.equal((await ask(reader, path, none)).header.errCode, 'CONTRACT_UNKNOWN')
  })

  it('shows blocks and transactions in both forms, and says which there are not', async () => {
    const client = world.client('assets-key')
    const data = async (body: object) =>
      (await ask(client, 'node/getBlockData', body as never)).body as Record<string, string>
    const { blockData, blockHash, preBlockHash } = await data({ blockNumber: 1 })
    const block = common.Block.deserializeBinary(Buffer.from(blockData ?? '', 'base64'))
    const view = viewBlock(block)
    assert.deepEqual([view.hash, view.previousHash], [blockHash, preBlockHash])
    const asJson = await data({ blockNumber: 1, dataType: 'json' })
    assert.equal(JSON.parse(asJson.blockData ?? '').hash, blockHash)
    // Java leaves 0 out.
    assert.equal((await data({})).blockNumber, 0 as never)
    for (const [path, body, failed] of [
      ['node/getBlockData', { blockNumber: 100_000 }, {}],
      ['node/getBlockInfo', { blockHash: '00'.repeat(32) }, null],
      ['node/getTransaction', { txId: 'ab'.repeat(32) }, null],
      ['node/getTransdata', { txId: 'ab'.repeat(32) }, {}],
    ] as const) {
      const answer = await ask(client, path, body)
      assert.deepEqual([answer.header.errCode, answer.body], ['TRANSACTION_UNKNOWN', failed], path)
    }
  })

  it('tells of blocks, and goes on where it was after a restart', async (t) => {
    const receiver = await Receiver.create()
    t.after(() => receiver.down())
    receiver.react = (_received, response) => void response.end('{"msg":"success"}')
    const client = world.client('assets-key')
    const event = { notifyUrl: receiver.url, attachArgs: '' }
    const { body } = await ask(client, 'chainCode/event/blockRegister', event)
    assert.deepEqual((await ask(client, 'chainCode/event/blockRegister', event)).body, body)
    const write = async (key: string) => {
      const call = { userName: '', nonce: newNonce(), chainCode: 'kv', funcName: 'set' }
      const args = [pair(key, 'x')]
      assert.equal((await ask(client, 'node/reqChainCode', { ...call, args })).header.code, 0)
    }
    await write('b1')
    await receiver.until(() => receiver.history.length === 1)
    await world.stop()
    await world.start()
    await write('b2')
    const heights = () => receiver.history.map((one) => JSON.parse(one.body).body.blockNumber)
    await receiver.until(() => new Set(heights()).size === 2)
    const [first = 0, second = 0] = [...new Set(heights())]
    assert.equal(second, first + 1)
    const { previousHash } = JSON.parse(receiver.history.at(-1)?.body ?? '').body
    const info = await ask(client, 'node/getBlockInfo', { blockNumber: first })
    assert.equal(previousHash, (info.body as { blockHash: string }).blockHash)
    const [listed] = (await ask(client, 'chainCode/event/query')).body as { eventType: string }[]
    assert.equal(listed?.eventType, 'block')
    await ask(client, 'chainCode/event/remove', body as never)
    assert.deepEqual((await ask(client, 'chainCode/event/query')).body, [])
  })

  it('keeps keys and secrets wrapped, and out of its log and its answers', async () => {
    const client = world.client('assets-key')
    const secret = `secret-${randomBytes(8).toString('hex')}`
    const answer = await ask(client, 'user/register', { name: 'zoe', secret })
    assert.deepEqual(answer.body, { name: 'zoe', secret })
    await world.stop()
    const files = ['', '-wal'].map((end) => read(`${world.database}${end}`)).join('')
    assert.ok(files.includes('zoe'))
    for (const shown of [files, world.lines.join('\n')]) {
      assert.ok(!shown.includes(secret))
      assert.ok(!shown.includes('PRIVATE KEY'))
    }
    await world.start()
  })
})

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

function signerOf(processed: Uint8Array): common.SignatureHeader {
  const envelope = peer.ProcessedTransaction.deserializeBinary(processed).getTransactionenvelope()
  const payload = common.Payload.deserializeBinary(envelope?.getPayload_asU8() ?? new Uint8Array())
  const header = payload.getHeader()?.getSignatureHeader_asU8() ?? new Uint8Array()
  return common.SignatureHeader.deserializeBinary(header)
}

/** A proposal with one thing that is not as it was signed. */
function* proposalChanges(bytes: Uint8Array): Generator<[changed: Uint8Array, why: string]> {
  yield [bytes.subarray(0, 100), 'cut off']
  const signed = peer.SignedProposal.deserializeBinary(bytes)
  const signature = Buffer.from(signed.getSignature_asU8())
  signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1
  signed.setSignature(signature)
  yield [signed.serializeBinary(), 'another signature']
  for (const [part, why] of [
    ['deeds', 'another channel'],
    ['alphaMSP', 'another organisation'],
    ['get', 'another function'],
  ] as const) {
    const at = Buffer.from(bytes).indexOf(part)
    if (at < 0) continue
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    yield [changed, why]
  }
}
