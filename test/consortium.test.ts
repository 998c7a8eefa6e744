import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { after, before, describe, it, type TestContext } from 'node:test'
import { type ServiceEvent, verifyWebhook } from '@openbsn/sdk'
import { startTamperingProxy } from '../src/testing/tampering-proxy.ts'
import { bsn, bsnHome, startBsn } from './cli/bsn.ts'

type Document = Record<string, unknown>

/** A receiver of forwarded events, on loopback. */
async function receiver() {
  const got: { readonly headers: NodeJS.Dict<string | string[]>; readonly body: string }[] = []
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString()
    got.push({ headers: request.headers, body })
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { url: `http://127.0.0.1:${port}/hooks`, got, close: () => server.close() }
}

async function startLife() {
  const net = await bsnHome()
  /** Runs a command that must end with `code`, and gives its document or its problem. */
  async function ends(code: number, ...argv: readonly string[]): Promise<Document> {
    const ended = await net.run(...argv, '--json')
    assert.equal(ended.code, code, `${argv.join(' ')}: ${ended.stdout}${ended.stderr}`)
    const text = code === 0 ? ended.stdout : (ended.stderr.trim().split('\n').at(-1) ?? '')
    return JSON.parse(text || '{}')
  }
  return {
    net,
    ends,
    does: (...argv: readonly string[]) => ends(0, ...argv),
    shop: net.file('shop.participant'),
    key: net.file('shop.credential'),
    rows: (...values: readonly object[]) => {
      const file = net.file(`${randomUUID()}.json`)
      writeFileSync(file, JSON.stringify(values))
      return file
    },
  }
}
type Life = Awaited<ReturnType<typeof startLife>>

async function publish({ net, does }: Life) {
  const roles = ['--role', 'teller=put,get,list,history,events', '--role', 'auditor=get,list']
  const how = ['--key-mode', 'key-trust', '--access', 'invitation', '--readers', 'credentials']
  assert.equal((await does('service', 'create', 'pledges', '--dry-run')).dryRun, true)
  await does('service', 'create', 'pledges', ...how, ...roles, '--draft')
  assert.equal((await does('service', 'show', 'pledges')).status, 'draft')
  await does('service', 'update', 'pledges', '--readers', 'credentials')
  await does('service', 'submit', 'pledges')
  const { services } = await does('service', 'list', '--status', 'running')
  assert.deepEqual(
    (services as Document[]).map(({ id }) => id),
    ['pledges'],
  )
  const place = ['--city', 'Lima', '--country', 'PE', '--latitude=-12.05', '--longitude=-77.04']
  await does('node', 'register', 'lima', ...place, '--address', net.address)
  await does('node', 'update', 'lima', '--city', 'Callao')
  const lima = await does('node', 'show', 'lima')
  assert.deepEqual([lima.city, lima.latitude, lima.version], ['Callao', -12_050_000, 2])
}

async function invite({ net, ends, does, shop, key }: Life) {
  const { key: publicKey } = await does('participant', 'key', 'pledges', 'shop', '--out', shop)
  assert.equal(statSync(shop).mode & 0o777, 0o600)
  const invite = ['participant', 'invite', 'pledges', 'shop', '--role', 'teller', '--key']
  await ends(2, ...invite, 'nonsense')
  await does(...invite, String(publicKey))
  const early = ['credential', 'create', '--service', 'pledges', '--label', 'x', '--as', shop]
  await ends(3, ...early, '--api-key', '--operator', 'admin', '--out', key)
  await does('participant', 'join', 'pledges', '--as', shop)
  await does('participant', 'apply', 'pledges', '--role', 'auditor')
  await does('participant', 'reject', 'pledges', 'admin')
  const { participants } = await does('participant', 'list', 'pledges')
  assert.deepEqual(
    (participants as Document[]).map(({ id, role, status }) => [id, role, status]),
    [
      ['admin', 'auditor', 'rejected'],
      ['shop', 'teller', 'active'],
    ],
  )
  const broken = net.file('broken.participant')
  writeFileSync(broken, '{"format":"openbsn-participant-1"}', { mode: 0o600 })
  const { code } = await ends(3, 'participant', 'leave', 'pledges', '--as', broken)
  assert.equal(code, 'PARTICIPANT_FILE_INVALID')
}

async function giveKey({ net, ends, does, shop, key }: Life) {
  const scopes = ['records:write', 'records:read', 'events:read', 'webhooks:write']
  const asked = ['--as', shop, '--api-key', '--operator', 'admin', '--writes-per-day', '100']
  const create = ['credential', 'create', '--service', 'pledges', '--label', 'till', ...asked]
  const scoped = scopes.flatMap((one) => ['--scope', one])
  const made = await does(...create, ...scoped, '--out', key)
  assert.equal(statSync(key).mode & 0o777, 0o600)
  const file = JSON.parse(readFileSync(key, 'utf8'))
  assert.match(file.apiKey, /^live_[A-Za-z0-9_-]{43}$/)
  assert.equal(JSON.stringify(made).includes(file.apiKey), false)
  assert.deepEqual(
    file.gateways.map((one: Document) => one.operator),
    ['admin', 'admin'],
  )
  const shown = await does('credential', 'show', String(made.credential))
  assert.deepEqual([shown.participant, shown.scopes, shown.writesPerDay], ['shop', scopes, 100])
  await ends(2, ...create.filter((one) => one !== '--operator' && one !== 'admin'))
  const loose = await net.run(...create)
  assert.match(loose.stdout, /^live_[A-Za-z0-9_-]{43}\n$/)
}

async function write({ net, ends, does, key, rows }: Life) {
  const argv = ['--service', 'pledges', '--credential', key]
  const put = ['record', 'put', ...argv, '--key', 'id', '--receipts', net.file('r.ndjson')]
  const input = rows({ id: 'a', n: 1 }, { id: 'b', n: 2 }, { id: 'a', n: 3 })
  assert.equal((await does(...put, input)).appended, 3)
  assert.equal((await does(...put, input)).skipped, 3)
  assert.equal((await does('record', 'put', ...argv, '--key', 'id', input)).duplicates, 3)
  const { credential } = JSON.parse(readFileSync(key, 'utf8'))
  const verify = ['receipt', 'verify', '--file', net.file('r.ndjson'), '--keys', key]
  assert.equal((await does(...verify)).verified, 3)
  assert.deepEqual((await does('record', 'get', ...argv, 'a')).value, { id: 'a', n: 3 })
  await ends(3, 'record', 'get', '--service', 'pledges', 'a')
  const lost = await net.run('request', 'status', 'never', '--credential', key, '--json')
  assert.deepEqual([lost.code, JSON.parse(lost.stdout).state], [4, 'not_sent'])
  const usage = await does('usage', '--service', 'pledges')
  assert.equal(usage.entries, 3)
  assert.equal((usage.usage as Document[])[0]?.credential, credential)
  assert.equal((await does('usage', '--credential', key)).entries, 3)
}

async function listen({ net, does, key, rows }: Life, t: TestContext) {
  const hooks = await receiver()
  t.after(() => hooks.close())
  const listen = ['events', 'listen', '--credential', key, '--json']
  const first = await bsn([...listen, '--from', '0', '--limit', '2'], { env: net.env })
  const events = first.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ServiceEvent)
  assert.deepEqual(
    events.map(({ data }) => (data as Document).n),
    [1, 2],
  )
  const from = String(Number(events[1]?.position) + 1)
  const named = [...listen, '--consumer', 'till', '--from', '0', '--limit', '1']
  const handled = [await bsn(named, { env: net.env }), await bsn(named, { env: net.env })]
  assert.deepEqual(handled.map(({ stdout }) => stdout).join(''), first.stdout)
  const live = startBsn([...listen.slice(0, -1), '--from', from, '--forward', hooks.url], net)
  const secret = (await live.until(/whsec_\S+/)).trim()
  await live.until(/\{"id":"a","n":3\}/)
  const argv = ['--service', 'pledges', '--credential', key, '--key', 'id']
  await does('record', 'put', ...argv, rows({ id: 'c', n: 4 }))
  await live.until(/"n":4[\s\S]*-> http.*: 200[\s\S]*-> http.*: 200/)
  live.child.kill('SIGINT')
  const ended = await live.ended
  assert.deepEqual([ended.code, /go on with --from \d+/.test(ended.stderr)], [130, true])
  assert.equal(hooks.got.length, 2)
  const nowSeconds = Math.floor(Date.now() / 1000)
  for (const one of hooks.got) await verifyWebhook({ ...one, secrets: [secret] }, { nowSeconds })
}

async function stop({ net, ends, does, shop, key, rows }: Life) {
  const before = readFileSync(key, 'utf8')
  await does('credential', 'rotate', '--credential', key, '--as', shop, '--overlap', '0')
  const old = net.file('old.credential')
  writeFileSync(old, before, { mode: 0o600 })
  const argv = ['--service', 'pledges', '--key', 'id', '--credential']
  await ends(3, 'record', 'put', ...argv, old, rows({ id: 'd' }))
  await does('record', 'put', ...argv, key, rows({ id: 'd' }))
  await does('service', 'freeze', 'pledges')
  await ends(3, 'record', 'put', ...argv, key, rows({ id: 'e' }))
  await does('service', 'unfreeze', 'pledges')
  await does('participant', 'remove', 'pledges', 'shop')
  await ends(3, 'record', 'put', ...argv, key, rows({ id: 'f' }))
  await does('node', 'retire', 'lima')
}

async function audit({ net, ends, does, key }: Life, t: TestContext) {
  const { acts, checked } = await does('audit', '--receipts', net.file('acts.ndjson'))
  const done = (acts as Document[]).map(({ act }) => act)
  for (const act of ['service-submit', 'participant-join', 'credential-rotate', 'node-retire']) {
    assert.ok(done.includes(act), act)
  }
  const verify = ['receipt', 'verify', '--keys', key, '--file', net.file('acts.ndjson')]
  assert.equal((await does(...verify)).verified, checked)
  const joined = await does('audit', '--service', 'pledges', '--act', 'participant-join')
  const [{ by, changes }] = joined.acts as [{ by: string; changes: Record<string, Document>[] }]
  assert.equal(by, 'participant/pledges/shop')
  assert.deepEqual([changes[0]?.before?.status, changes[0]?.after?.status], ['invited', 'active'])
  const proxy = await startTamperingProxy(net.address)
  t.after(() => proxy.close())
  const lying = ['audit', '--gateway', proxy.address]
  assert.equal((await does(...lying)).checked, checked)
  proxy.lie((path, answer) => {
    if (!path.includes('bsn%3Aservices')) return answer
    return { ...answer, entries: (answer.entries as unknown[]).slice(0, -1) }
  })
  for (const more of [[], ['--skip-receipts']]) {
    assert.equal((await ends(9, ...lying, ...more)).code, 'AUDIT_STATE_DIFFERS')
  }
  assert.equal((await does('ledger', 'verify')).ok, true)
}

describe('the life of a consortium, by bsn alone', () => {
  let life: Life
  before(async () => {
    life = await startLife()
  })
  after(() => life.net.close())

  it('publishes a service and puts a node on the map', () => publish(life))
  it('invites, joins, and turns others away', () => invite(life))
  it('gives out an API key, which stays in its file', () => giveKey(life))
  it('writes, finds out and reads', () => write(life))
  it('listens from the beginning, goes on, and forwards with a signature', (t) => listen(life, t))
  it('rotates, freezes and retires', () => stop(life))
  it('audits all of it, and trusts no gateway', (t) => audit(life, t))
})
