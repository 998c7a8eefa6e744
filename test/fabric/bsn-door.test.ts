import assert from 'node:assert/strict'
import { createHash, verify, X509Certificate } from 'node:crypto'
import { after, it, type TestContext } from 'node:test'
import { common, msp, peer } from '@hyperledger/fabric-protos'
import { until } from '../../src/testing/engine-program.ts'
import { needs } from '../../src/testing/needs.ts'
import { Receiver } from '../../src/testing/receiver.ts'
import { type PythonClient, pythonClient } from './bsn-python.ts'
import { BsnWorld, type Called, pair, type ServiceName, type Shown } from './bsn-world.ts'

let made: Promise<BsnWorld> | undefined

/** One for all tests. */
function openWorld(): Promise<BsnWorld> {
  made ??= BsnWorld.create()
  return made
}

after(async () => (await made)?.close())

async function python(t: TestContext, service: ServiceName): Promise<PythonClient> {
  const world = await openWorld()
  const own = { gateway: world.address, gatewayKey: await world.gatewayKey() }
  const folder = `${world.folder.path}/${service}`
  return pythonClient(t, { ...world.client(`${service}-key`), ...own, folder })
}

it('the official client calls contracts in key-trust, and reads blocks', async (t) => {
  if (!needs(t, 'python3.11', 'fabric')) return
  const [world, client] = [await openWorld(), await python(t, 'assets')]
  assert.deepEqual(client.appInfo, {
    ...{ appName: 'assets', appType: 'fabric', caType: 1, algorithmType: 2 },
    ...{ mspId: 'alphaMSP', channelId: 'assets', fabricVersion: '2.2.1' },
  })
  const user = { name: 'ann', secret: '123456' }
  assert.deepEqual(await client.body('register_user', ['ann', '123456']), user)
  const more = { transientData: { a: '1', b: '2' } }
  const args = ['kv', 'set', 'ann', [pair('k1', 'one')]]
  const set = (await client.body('req_chain_code', args, more)) as Called
  assert.deepEqual(set.ccRes, { ccCode: 200, ccData: 'SUCCESS' })
  assert.deepEqual([set.blockInfo.blockHash, set.blockInfo.status], ['', 0])
  const { txId } = set.blockInfo
  const { status, createName, blockNumber } = await world.settled(world.client('assets-key'), txId)
  assert.deepEqual([status, createName], [0, 'ann@assets-key'])
  const got = (await client.body('req_chain_code', ['kv', 'get', '', ['k1']])) as Called
  assert.equal(got.ccRes.ccData, 'one')
  // What wrote nothing was not ordered: it is in no block.
  const asked = (await client.body('get_transaction', [got.blockInfo.txId])) as Shown
  assert.equal(asked.status, -1)
  const byId = (await client.body('get_block_info', [], { txId })) as Record<string, unknown>
  const { blockHash } = byId
  assert.deepEqual(await client.body('get_block_info', [], { blockNumber }), byId)
  assert.deepEqual(await client.body('get_block_info', [], { blockHash }), byId)
  const ledger = (await client.body('get_ledger_info')) as { height: number; blockHash: string }
  assert.deepEqual([ledger.height, ledger.blockHash], [blockNumber + 1, blockHash])
  const refused = await client.call('req_chain_code', args)
  assert.match(refused.raised ?? '', /key value already exists/)
})

it('the official client has itself told of events, until that is acknowledged', async (t) => {
  if (!needs(t, 'python3.11', 'fabric')) return
  const [world, client] = [await openWorld(), await python(t, 'assets')]
  const receiver = await Receiver.create()
  t.after(() => receiver.down())
  receiver.react = (_received, response) => {
    // The first one is not acknowledged, and comes again after three seconds.
    response.end(receiver.history.length === 1 ? 'busy' : 'success')
  }
  const event = ['kv', 'set', receiver.url, 'a=1']
  const { eventId } = (await client.body('event_register', event)) as { eventId: string }
  const [listed] = (await client.body('event_query')) as { eventId: string }[]
  assert.equal(listed?.eventId, eventId)
  const value = pair('e1', 'one')
  const { blockInfo } = (await client.body('req_chain_code', ['kv', 'set', '', [value]])) as Called
  const { txId } = blockInfo
  const { blockNumber } = await world.settled(world.client('assets-key'), txId)
  await receiver.until(() => receiver.history.length === 2)
  const [first = '', second] = receiver.history.map(({ body }) => body)
  assert.equal(first, second)
  const { header, mac, body } = JSON.parse(first)
  const { nonceStr, ...notice } = body
  assert.deepEqual(notice, {
    ...{ chainCode: 'kv', orgCode: 'alphaMSP', eventKey: 'set', eventId, attachArgs: 'a=1' },
    ...{ eventName: 'set', txId, payload: value, blockNumber },
  })
  // As its receiver checks it: in the order of its members.
  const text = header.userCode + header.appCode + Object.values(notice).join('') + nonceStr
  const { publicKey } = new X509Certificate(await world.gatewayKey())
  assert.ok(verify('sha256', Buffer.from(text), publicKey, Buffer.from(mac, 'base64')))
  const removed = await client.call('event_remove', [eventId])
  assert.equal(removed.raised, undefined)
  assert.deepEqual(await client.body('event_query'), [])
})

it('the official client signs by itself in public-key-upload', async (t) => {
  if (!needs(t, 'python3.11', 'fabric')) return
  const [world, client] = [await openWorld(), await python(t, 'deeds')]
  const own = world.client('deeds-key')
  assert.equal((client.appInfo as { caType: number }).caType, 2)
  const { secret } = (await client.body('register_user', ['bob', ''])) as { secret: string }
  assert.match((await client.call('enroll_user', ['bob', 'other'])).raised ?? '', /secret/)
  const { cert } = (await client.body('enroll_user', ['bob', secret])) as { cert: string }
  const { subject } = new X509Certificate(cert)
  assert.match(subject, /^OU=client\n/)
  assert.match(subject, /^CN=bob@deeds-key$/m)
  const trans = async (name: string, arg: string) =>
    (await client.body('not_trust_trans', ['kv', name, 'bob', [arg]])) as Called
  const { blockInfo, ccRes } = await trans('set', pair('d1', 'deed'))
  assert.deepEqual(ccRes, { ccCode: 200, ccData: 'SUCCESS' })
  const shown = await world.settled(own, blockInfo.txId)
  assert.deepEqual([shown.status, shown.createName], [0, 'gateway'])
  assert.equal((await trans('get', 'd1')).ccRes.ccData, 'deed')
  // The transaction's nonce names what the user signed, and the gateway has that.
  const sql = 'SELECT told, proposal FROM bsn_calls WHERE made = ?'
  const [row] = world.rows(sql, blockInfo.txId) as { told: string; proposal: Uint8Array }[]
  const { told = '', proposal = new Uint8Array() } = row ?? {}
  const signed = peer.SignedProposal.deserializeBinary(proposal).getProposalBytes_asU8()
  const data = await world.ask(own, 'node/getTransdata', { txId: told })
  const signer = signerOf((data.body as { transData: string }).transData)
  const nonce = createHash('sha256').update(signed).digest()
  assert.deepEqual(Buffer.from(signer.getNonce_asU8()), nonce)
  const creator = msp.SerializedIdentity.deserializeBinary(signer.getCreator_asU8())
  assert.equal(creator.getMspid(), 'alphaMSP')
  // By the id that the client computed, as by the real one.
  assert.notEqual(told, blockInfo.txId)
  assert.deepEqual(await world.settled(own, told), shown)
  // Whoever is enrolled anew goes on.
  await client.body('enroll_user', ['bob', secret])
  assert.equal((await trans('get', 'd1')).ccRes.ccData, 'deed')
  const refused = await client.call('not_trust_trans', ['kv', 'get', 'bob', ['none']])
  assert.match(refused.raised ?? '', /data not found/)
})

/** Who signed a transaction of a block. */
function signerOf(processed: string): common.SignatureHeader {
  const whole = peer.ProcessedTransaction.deserializeBinary(Buffer.from(processed, 'base64'))
  const bytes = whole.getTransactionenvelope()?.getPayload_asU8() ?? new Uint8Array()
  const header = common.Payload.deserializeBinary(bytes).getHeader()
  return common.SignatureHeader.deserializeBinary(
    header?.getSignatureHeader_asU8() ?? new Uint8Array(),
  )
}

it('whoever waits for blocks is told of each, also after a restart', async (t) => {
  if (!needs(t, 'fabric')) return
  const world = await openWorld()
  const receiver = await Receiver.create()
  t.after(() => receiver.down())
  receiver.react = (_received, response) => void response.end('{"msg":"success"}')
  const client = world.client('assets-key')
  const event = { notifyUrl: receiver.url, attachArgs: '' }
  const { body } = await world.ask(client, 'chainCode/event/blockRegister', event)
  // The same once more is the same.
  const again = await world.ask(client, 'chainCode/event/blockRegister', event)
  assert.deepEqual(again.body, body)
  assert.match(await world.call(client, 'set', pair('b1', 'x')), /^[0-9a-f]{64}$/)
  await receiver.until(() => receiver.history.length === 1)
  await world.stop()
  await world.start()
  assert.match(await world.call(client, 'set', pair('b2', 'x')), /^[0-9a-f]{64}$/)
  const notices = () => receiver.history.map((one) => JSON.parse(one.body).body)
  const heights = () => [...new Set<number>(notices().map(({ blockNumber }) => blockNumber))]
  await receiver.until(() => heights().length === 2)
  const [first = 0, second = 0] = heights()
  assert.equal(second, first + 1)
  const info = await world.ask(client, 'node/getBlockInfo', { blockNumber: first })
  const { blockHash } = info.body as { blockHash: string }
  assert.equal(notices().at(-1).previousHash, blockHash)
  const [listed] = (await world.ask(client, 'chainCode/event/query')).body as {
    eventType: string
  }[]
  assert.equal(listed?.eventType, 'block')
  for (const port of [1, 2]) {
    const more = { ...event, notifyUrl: `http://127.0.0.1:${9000 + port}/` }
    const { header } = await world.ask(client, 'chainCode/event/blockRegister', more)
    assert.equal(header.errCode, port === 1 ? undefined : 'BSN_EVENTS_TOO_MANY')
  }
  await world.ask(client, 'chainCode/event/remove', body as { eventId: string })
  await until('one is left', async () => {
    const left = await world.ask(client, 'chainCode/event/query')
    return (left.body as unknown[]).length === 1
  })
})
