import assert from 'node:assert/strict'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer, type LookupFunction, type Socket } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Receiver } from '../../testing/receiver.ts'
import { selfSigned } from '../../testing/self-signed.ts'
import { createAddressPolicy } from './address-policy.ts'
import { createSender, type Sender } from './sender.ts'

const limits = { webhookConnectMs: 300, webhookTimeoutMs: 500 }

/** Names and the answers that they give one after the other; the last one stays. */
function namesOf(answers: Readonly<Record<string, string[][]>>) {
  const asked: string[] = []
  const lookup: LookupFunction = (hostname, _options, callback) => {
    asked.push(hostname)
    const list = answers[hostname] ?? []
    const found = (list.length > 1 ? list.shift() : list[0]) ?? []
    const all = found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    setImmediate(() => callback(null, all))
  }
  return { lookup, asked }
}

function senderOf(t: TestContext, allow: string[], lookup?: LookupFunction): Sender {
  const policy = createAddressPolicy(allow)
  const sender = createSender(limits, { policy, ...(lookup ? { lookup } : {}) })
  t.after(() => sender.close())
  return sender
}

const post = (sender: Sender, url: string) =>
  sender.post({ url: new URL(url), headers: {}, body: '{}' }, new AbortController().signal)

async function receiverOf(t: TestContext): Promise<Receiver> {
  const receiver = await Receiver.create()
  t.after(() => receiver.down())
  return receiver
}

describe('createSender', () => {
  it('connects to the address that it judged, whatever the name says next', async (t) => {
    const receiver = await receiverOf(t)
    const { port } = new URL(receiver.url)
    // Asked twice, as a client that judges first and connects later would.
    const { lookup, asked } = namesOf({
      'rebind.test': [['127.0.0.1'], ['10.0.0.1']],
      'inner.test': [['10.0.0.1', '::1', '::ffff:10.0.0.1']],
      'mixed.test': [['10.0.0.1', '127.0.0.1']],
      'none.test': [[]],
    })
    const sender = senderOf(t, ['127.0.0.0/8'], lookup)
    assert.deepEqual(await post(sender, `http://rebind.test:${port}/`), { status: 204 })
    assert.deepEqual(asked, ['rebind.test'])
    const refused = { reason: 'address_refused' }
    assert.deepEqual(await post(sender, `http://inner.test:${port}/`), refused)
    assert.deepEqual(await post(sender, `http://none.test:${port}/`), refused)
    assert.deepEqual(await post(sender, `http://mixed.test:${port}/`), { status: 204 })
    assert.equal(receiver.history.length, 2)
  })

  it('connects to no inner address, be it written as one or found by a name', async (t) => {
    const receiver = await receiverOf(t)
    const { port } = new URL(receiver.url)
    const { lookup } = namesOf({ 'public.test': [['8.8.8.8'], ['127.0.0.1']] })
    const sender = senderOf(t, [], lookup)
    const names = ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '0x7f.1', '0.0.0.0', 'public.test']
    for (const name of names) {
      for (const scheme of ['http', 'https']) {
        if (name === 'public.test' && scheme === 'https') continue
        const result = await post(sender, `${scheme}://${name}:${port}/`)
        assert.deepEqual(result, { reason: 'address_refused' }, `${scheme} ${name}`)
      }
    }
    const result = await post(sender, `https://public.test:${port}/`)
    assert.deepEqual(result, { reason: 'address_refused' })
    assert.equal(receiver.history.length, 0)
  })
})

describe('createSender, answers', () => {
  it('follows no redirect, and reads a bounded part of an answer', async (t) => {
    const receiver = await receiverOf(t)
    const sender = senderOf(t, ['127.0.0.0/8'])
    receiver.react = (_received, response) =>
      void response.writeHead(302, { location: receiver.url }).end()
    assert.deepEqual(await post(sender, receiver.url), { status: 302, reason: 'redirect' })
    assert.equal(receiver.history.length, 1)
    let isCut = false
    receiver.react = (_received, response) => {
      response.on('close', () => {
        isCut = true
      })
      response.writeHead(200)
      const more = () => {
        if (!isCut) response.write('x'.repeat(8192), more)
      }
      more()
    }
    assert.deepEqual(await post(sender, receiver.url), { status: 200 })
    while (!isCut) await setTimeout(5)
    receiver.react = (_received, response) =>
      void response.writeHead(429, { 'retry-after': '7' }).end()
    const busy = { status: 429, reason: 'status', retryAfter: 7 }
    assert.deepEqual(await post(sender, receiver.url), busy)
  })

  it('gives up in time: on silence, on a dead port, on what is no HTTP', async (t) => {
    const sockets = new Set<Socket>()
    let greeting = ''
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => {}))
      if (greeting !== '') socket.end(greeting)
    }).listen(0, '127.0.0.1')
    t.after(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    await setTimeout(10)
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const sender = senderOf(t, ['127.0.0.0/8'])
    assert.deepEqual(await post(sender, url), { reason: 'timeout' })
    greeting = 'SSH-2.0-x\r\n'
    assert.deepEqual(await post(sender, url), { reason: 'broken_off' })
    const stop = AbortSignal.timeout(20)
    greeting = ''
    const given = { url: new URL(url), headers: {}, body: '' }
    assert.deepEqual(await sender.post(given, stop), { reason: 'broken_off' })
    server.close()
    for (const socket of sockets) socket.destroy()
    await setTimeout(10)
    assert.deepEqual(await post(sender, url), { reason: 'connect_failed' })
  })

  it('sends again at once where a kept connection was closed meanwhile', async (t) => {
    const receiver = await receiverOf(t)
    const sender = senderOf(t, ['127.0.0.0/8'])
    assert.deepEqual(await post(sender, receiver.url), { status: 204 })
    const before = receiver.url
    await receiver.down()
    await receiver.up()
    assert.equal(receiver.url, before)
    assert.deepEqual(await post(sender, receiver.url), { status: 204 })
  })

  it('trusts no certificate that nobody vouches for', async (t) => {
    const server = createTlsServer(selfSigned(), (_request, response) => response.end())
    server.listen(0, '127.0.0.1')
    t.after(() => server.close())
    await setTimeout(10)
    const sender = senderOf(t, ['127.0.0.0/8'])
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
    assert.deepEqual(await post(sender, url), { reason: 'tls_failed' })
  })
})

it('takes an answer without the text that was expected for none', async (t) => {
  const receiver = await receiverOf(t)
  const sender = senderOf(t, ['127.0.0.0/8'])
  const posted = { url: new URL(receiver.url), headers: {}, body: '{}', expects: 'success' }
  const answers: [number, string, object][] = [
    [200, '{"msg":"success"}', { status: 200 }],
    [200, 'succes', { status: 200, reason: 'not_acknowledged' }],
    [204, '', { status: 204, reason: 'not_acknowledged' }],
    [500, 'success', { status: 500, reason: 'status' }],
  ]
  for (const [status, text, expected] of answers) {
    receiver.react = (_received, response) => void response.writeHead(status).end(text)
    const result = await sender.post(posted, new AbortController().signal)
    assert.deepEqual(result, expected, text)
  }
})
