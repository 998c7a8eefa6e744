import assert from 'node:assert/strict'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { describe, it } from 'node:test'
import { createBsnClient } from './index.ts'
import { macText } from './mac.ts'

const named = { userCode: 'USER1', appCode: 'app1' }
const pair = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const [application, gateway] = [pair(), pair()]
const pem = {
  privateKey: application.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  gatewayKey: gateway.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
}

type Sent = { readonly path: string; readonly mac: string; readonly body: Record<string, unknown> }
type Reply = { readonly code?: number; readonly msg?: string; readonly body?: unknown }

/** A gateway that answers what it is told to, and keeps what was sent. */
function clientOf(replies: Readonly<Record<string, Reply>>, key = gateway.privateKey) {
  const sent: Sent[] = []
  const client = createBsnClient({
    ...{ ...named, ...pem, gateway: 'http://gateway.test/' },
    fetch: async (address, how) => {
      const path = String(address).replace('http://gateway.test', '')
      const { header, mac, body } = JSON.parse(String(how?.body))
      assert.deepEqual(header, named)
      sent.push({ path, mac, body })
      const reply = replies[path.replace('/api/fabric/v1/', '')] ?? {}
      const { code = 0, msg = 'ok', body: answered = null } = reply
      const text = Buffer.from(`${code}${msg}${macText(answered as never)}`)
      const signature = sign('sha256', text, key).toString('base64')
      const told = { code, msg, errCode: 'CONTRACT_UNKNOWN', requestId: 'r1' }
      return Response.json({ header: told, mac: signature, body: answered })
    },
  })
  return { client, sent }
}

const isSigned = ({ mac }: Sent, text: string) =>
  verify('sha256', Buffer.from(text), application.publicKey, Buffer.from(mac, 'base64'))

describe('a client of BSN', () => {
  it('signs its members in the order of the protocol, and verifies the answer', async () => {
    const answer = { blockInfo: { txId: 'a', blockHash: '', status: 0 }, ccRes: { ccCode: 200 } }
    const { client, sent } = clientOf({ 'node/reqChainCode': { body: answer } })
    const nonce = new Uint8Array(24)
    const args = ['{"baseKey":"a"}']
    const call = { chainCode: 'cc', function: 'set', args, transient: { a: '1', b: '2' }, nonce }
    assert.deepEqual(await client.call({ userName: 'ann', ...call }), answer)
    const [one] = sent
    assert.ok(one)
    const text = `USER1app1ann${'A'.repeat(32)}ccset{"baseKey":"a"}a1b2`
    assert.ok(isSigned(one, text))
  })

  it('does not take an answer that another key signed', async () => {
    const { client } = clientOf(
      { 'node/getLedgerInfo': { body: { height: 1 } } },
      pair().privateKey,
    )
    await assert.rejects(client.ledgerInfo(), { code: 'BSN_MAC_INVALID' })
  })

  it('tells what the gateway says', async () => {
    const { client } = clientOf({ 'node/getTransaction': { code: -1, msg: 'There is none' } })
    await assert.rejects(client.transaction('a'), {
      code: 'BSN_REFUSED',
      message: '/api/fabric/v1/node/getTransaction: There is none',
      details: { code: 'CONTRACT_UNKNOWN', requestId: 'r1' },
    })
    const away = createBsnClient({
      ...{ ...named, ...pem, gateway: 'http://gateway.test' },
      fetch: async () => new Response('no', { status: 502 }),
    })
    await assert.rejects(away.ledgerInfo(), { code: 'BSN_UNREACHABLE', retryable: true })
  })

  it('has the key of a user certified, and signs for it', async () => {
    const info = { caType: 2, mspId: 'romeMSP', channelId: 's-trade', algorithmType: 2 }
    const { client, sent } = clientOf({
      '/api/app/getAppInfo': { body: info },
      'user/enroll': { body: { cert: 'PEM' } },
      'node/trans': { body: { blockInfo: { txId: 'x' } } },
    })
    const user = await client.enrollUser('ann', 'secret')
    assert.equal(user.certificate, 'PEM')
    const done = await client.send({ user, chainCode: 'cc', function: 'set', args: ['a'] })
    assert.equal(done.blockInfo.txId, 'x')
    const [enrolled, , transaction] = sent
    assert.match(String(enrolled?.body.csrPem), /BEGIN CERTIFICATE REQUEST/)
    const { transData } = transaction?.body ?? {}
    assert.ok(transaction && isSigned(transaction, `USER1app1${transData}`))
    await client.ledgerInfo().catch(() => undefined)
    assert.equal(sent.filter(({ path }) => path.endsWith('getAppInfo')).length, 1)
  })

  it('believes notifications of the gateway alone', () => {
    const { client } = clientOf({})
    const body = { chainCode: 'cc', eventName: 'set', payload: 'x', blockNumber: 4, nonceStr: 'n' }
    const text = Buffer.from(`USER1app1${macText(body)}`)
    const mac = sign('sha256', text, gateway.privateKey).toString('base64')
    assert.deepEqual(client.readNotification({ header: named, mac, body }), body)
    const changed = { ...body, blockNumber: 5 }
    for (const wrong of [null, {}, { header: named, mac, body: changed }, { mac, body }]) {
      assert.throws(() => client.readNotification(wrong), { code: 'BSN_MAC_INVALID' })
    }
  })
})
