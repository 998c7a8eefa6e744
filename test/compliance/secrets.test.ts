import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fromBase64url } from '@openbsn/sdk'
import { openKeyEncryption } from '../../src/crypto/key-encryption.ts'
import { formsOf, leaks } from './attacker.ts'
import { type ChainAccount, everyCall, plantAccount } from './chain-account.ts'
import { type Document, everyRequest, type Request } from './every-route.ts'
import { startShop } from './shop.ts'
import { aboutOneWebhook, plantWebhook, ToldSecrets } from './webhook-secrets.ts'

type Secrets = Record<string, Buffer>

/** Everything that a data folder keeps secret, in the clear. */
function secretsOf(home: string): Secrets {
  const read = (name: string) => readFileSync(join(home, name), 'utf8')
  const kek = openKeyEncryption(`${home}.kek`, { mayCreate: false })
  const unwrapped = (text: string, context: string) =>
    Buffer.from(kek.unwrap(fromBase64url(text.trim()) ?? new Uint8Array(), context))
  const epoch = readdirSync(join(home, 'keys')).find((name) => name.startsWith('epoch-')) ?? ''
  const number = /\d+/.exec(epoch)?.[0] ?? ''
  return {
    'the key-encryption key': Buffer.from(readFileSync(`${home}.kek`, 'utf8').trim(), 'base64url'),
    "the validator's key": Buffer.from(JSON.parse(read('keys/validator.json')).secret, 'base64url'),
    "the administrator's key": Buffer.from(
      JSON.parse(read('profile.json')).member.secret,
      'base64url',
    ),
    "the operator's key": unwrapped(JSON.parse(read('keys/operator.json')).wrapped, 'operator'),
    "the epoch's key": unwrapped(read(`keys/${epoch}`), `epoch/${number}`),
  }
}

/** Which secrets stand in a text, in whatever form. */
function found(secrets: Secrets, bytes: Buffer): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) =>
    formsOf(secret).some((form) => bytes.includes(form)) ? [name] : [],
  )
}

/** One request over a socket of its own; what came back, head and all. A stream is cut off. */
function answerTo(address: string, { method, path, headers, body }: Request): Promise<string> {
  return new Promise((resolve) => {
    const sent = request(address + path, { method, headers, agent: false, timeout: 2000 })
    const parts: string[] = []
    const end = () => {
      sent.destroy()
      resolve(parts.join(''))
    }
    sent.on('response', (response) => {
      parts.push(response.rawHeaders.join('\n'), '\n')
      if (/event-stream/.test(String(response.headers['content-type']))) setTimeout(end, 50)
      response.on('data', (data) => parts.push(String(data)))
      response.on('end', end)
    })
    sent.on('timeout', end).on('error', end)
    sent.end(body)
  })
}

/** Asks everything, of a webhook that is there and of one that is not. */
async function everyQuestion(
  { address, apiKey, ledger }: Awaited<ReturnType<typeof startShop>>,
  { subject, stranger, webhook }: Record<'subject' | 'stranger' | 'webhook', string>,
  coin: ChainAccount,
): Promise<Request[]> {
  const document = (await (await fetch(`${address}/api/v1/openapi.json`)).json()) as Document
  const good = {
    ledger,
    service: 'shop',
    key: 'k',
    index: '3',
    id: 'till',
    height: '1',
    level: '0',
  }
  const bodies: readonly unknown[] = [
    { key: 'k', value: 1, private: { subject } },
    { url: 'http://127.0.0.1:1999/nobody' },
    { state: 'active' },
    { deadLetters: true },
  ]
  const values = {
    good,
    bad: [stranger, '', '-1', '{"a":', '\u0000\u{1f600}', `{"value":1,"x":"${stranger}"}`],
    authorizations: [`Bearer ${apiKey}`, `Bearer ${stranger}`, `Basic ${stranger}`],
    bodies: { 'application/json': bodies.map((body) => JSON.stringify(body)) },
  }
  const ofOne = { ...values, good: { ...good, id: webhook } }
  const ofWebhook = everyRequest(aboutOneWebhook(document), ofOne)
  return [...everyRequest(document, values), ...ofWebhook, ...everyCall(document, coin)]
}

describe('secrets of a city node', () => {
  it('are in no answer, log, metric, command or backup', async (t) => {
    const shop = await startShop(t, ['--webhook-allow', '127.0.0.0/8'])
    const { ask, address, apiKey, home, run, stop } = shop
    const subject = 'customer 4711'
    const value = { planted: randomBytes(12).toString('hex') }
    await ask('POST', '/records', { key: 'k', value, private: { subject } })
    await ask('POST', '/records', { value, private: { subject: 'another' } })
    await ask('DELETE', '/subjects/another')
    const told = new ToldSecrets()
    const webhook = await plantWebhook(t, shop, told)

    const coin = await plantAccount(t, shop)
    const own = { ...secretsOf(home), 'the API key': Buffer.from(apiKey) }
    const secrets: Secrets = { ...own, ...coin.secrets }
    const stranger = `live_${randomBytes(32).toString('base64url')}`
    const planted = { subject, stranger, webhook: webhook.id }
    const requests = await everyQuestion(shop, planted, coin)
    assert.ok(requests.length > 500, `${requests.length} requests`)
    const statuses = { answered: 0 }
    const asking = async (one: Request) => {
      const answer = await answerTo(address, one)
      if (answer !== '') statuses.answered++
      // What is sent in the wrong place may come back to who sent it, and goes nowhere else.
      const leaked = found({ ...secrets, ...told.all() }, Buffer.from(answer))
      assert.deepEqual(leaked, [], `${JSON.stringify(one)}\n${answer}`)
      told.look(one, answer)
    }
    for (let first = 0; first < requests.length; first += 16) {
      await Promise.all(requests.slice(first, first + 16).map(asking))
    }
    t.diagnostic(`${statuses.answered} of ${requests.length} requests were answered`)
    assert.ok(statuses.answered > requests.length * 0.99)
    t.diagnostic(`${told.size} secrets of webhooks were made`)
    assert.ok(told.size > 2, 'requests make some of their own')

    const sentInVain = { 'a key in the wrong place': Buffer.from(stranger) }
    const all: Secrets = { ...secrets, ...sentInVain, ...told.all() }
    const sent = Buffer.from(JSON.stringify(webhook.receiver.history))
    assert.deepEqual(found(all, sent), [], 'what a receiver gets')

    for (const path of ['/metrics', '/healthz', '/readyz?verbose', '/livez', '/version']) {
      const answer = await answerTo(address, { method: 'GET', path, headers: {} })
      assert.deepEqual(found(all, Buffer.from(answer)), [], path)
    }
    const lists = [['service', 'list'], ['credential', 'list', 'shop'], ['usage'], ['audit']]
    for (const argv of [['doctor'], ['status'], ['ledger', 'keys'], ...lists]) {
      const { stdout, stderr } = await run(...argv, '--verbose')
      assert.deepEqual(found(all, Buffer.from(stdout + stderr)), [], argv.join(' '))
    }
    const out = (name: string) => join(home, '..', name)
    const backup = await run('backup', '--out', out('backup'), '--verbose')
    const withKeys = await run('backup', '--out', out('with keys'), '--with-keys', '--verbose')
    assert.deepEqual([backup.code, withKeys.code], [0, 0], withKeys.stderr)
    for (const { stdout, stderr } of [backup, withKeys]) {
      assert.deepEqual(found(all, Buffer.from(stdout + stderr)), [])
    }
    assert.deepEqual(leaks(out('backup'), Object.values(all)), [])
    const { "the validator's key": _, "the administrator's key": __, ...wrapped } = all
    assert.deepEqual(leaks(out('with keys'), Object.values(wrapped)), [])
    assert.deepEqual(leaks(home, Object.values(wrapped)), [], 'nothing managed lies in the clear')

    const { stdout, stderr } = await stop()
    assert.ok(stderr.split('\n').length > requests.length / 2, 'the log is there')
    assert.deepEqual(found(all, Buffer.from(stdout + stderr)), [])
    const exported = await run('ledger', 'export', '--out', out('export'), '--verbose')
    assert.equal(exported.code, 0, exported.stderr)
    assert.deepEqual(found(all, readFileSync(out('export'))), [], 'an export')
    const written = { subject: Buffer.from(subject), value: Buffer.from(value.planted) }
    assert.deepEqual(found(written, Buffer.from(stdout + stderr)), [])
  })
})

describe('a secret', () => {
  it('would be found, in any form', () => {
    const secret = randomBytes(32)
    const forms = [
      secret,
      Buffer.from(secret.toString('hex')),
      Buffer.from(Buffer.concat([Buffer.from('x'), secret, Buffer.from('yz')]).toString('base64')),
      Buffer.from(Buffer.concat([Buffer.from('xy'), secret]).toString('base64url')),
    ]
    for (const form of forms) {
      const text = Buffer.concat([Buffer.from('before '), form, Buffer.from(' after')])
      assert.deepEqual(found({ secret }, text), ['secret'])
    }
  })
})
