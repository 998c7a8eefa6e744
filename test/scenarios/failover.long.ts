import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type Client,
  type ClientOptions,
  createClient,
  fromBase64url,
  fromUtf8,
  signStatement,
  utf8,
  verifyKeyBundle,
} from '@openbsn/sdk'
import { signerOfStored } from '../../src/crypto/key-file.ts'
import { missing, needs } from '../../src/testing/needs.ts'
import { startTamperingProxy } from '../../src/testing/tampering-proxy.ts'
import { type Document, eventually, NetworkWorld } from './network-world.ts'

const names = ['rome', 'berlin', 'lagos', 'lima'] as const

/** Four validators, and a credential whose file names all of their gateways. */
async function build(world: NetworkWorld): Promise<void> {
  const rome = await world.found('rome')
  await world.becomeNetwork(rome)
  for (const name of names.slice(1)) {
    await world.join(name, rome)
    await world.promote(name, rome)
  }
  const scopes = ['records:write', 'records:read', 'events:read']
  await world.publish(
    rome,
    scopes.flatMap((one) => ['--scope', one]),
  )
}

function clientOf(world: NetworkWorld, more: Partial<ClientOptions> = {}) {
  const file = JSON.parse(readFileSync(world.credential, 'utf8'))
  const { ledger, credential, service, key, bundle, gateways } = file
  const keys = verifyKeyBundle(fromBase64url(bundle) ?? assert.fail(), ledger)
  const left: string[] = []
  const signer = signerOfStored(key)
  const client = createClient({
    ...{ gateways, ledger, keys, signer },
    onLeave: (gateway, { code }) => left.push(`${gateway} ${code}`),
    ...more,
  })
  const write = async (number: number): Promise<number> => {
    const iat = Math.floor(Date.now() / 1000)
    const claims = { iss: credential, sub: service, aud: ledger, iat, cti: utf8(`w${number}`) }
    const payload = utf8(JSON.stringify({ written: number }))
    const input = { contentType: 'application/json', claims, payload }
    const began = performance.now()
    const [outcome] = await client.submit([await signStatement(input, signer)], { receipts: true })
    assert.ok(outcome && outcome.outcome !== 'refused', JSON.stringify(outcome))
    return performance.now() - began
  }
  return { client, left, write, gateways: gateways as { url: string }[] }
}

/** How often each number is in the ledger, by the list of one node. */
async function timesWritten(client: Client, field: string): Promise<Map<number, number>> {
  const times = new Map<number, number>()
  for (const record of await everyRecord(client)) {
    const number = record[field]
    if (typeof number === 'number') times.set(number, (times.get(number) ?? 0) + 1)
  }
  return times
}

async function everyRecord(client: Client): Promise<Document[]> {
  const records: Document[] = []
  let cursor: string | undefined
  do {
    const from = cursor === undefined ? {} : { cursor }
    const page = await client.list({ service: 'flights', limit: 100, ...from })
    for (const { payload } of page.entries) {
      records.push(JSON.parse(fromUtf8(fromBase64url(payload) ?? new Uint8Array()) ?? ''))
    }
    cursor = page.next
  } while (cursor !== undefined)
  return records
}

async function onceEach(world: NetworkWorld, field: string, count: number): Promise<void> {
  await world.agree()
  for (const { gateway } of world.nodes) {
    const { client } = clientOf(world, { gateways: [gateway] })
    const times = await eventually(
      () => timesWritten(client, field),
      ({ size }) => size >= count,
    )
    const expected = Array.from({ length: count }, (_, i) => [i, 1])
    const found = [...times].toSorted(([a], [b]) => a - b)
    assert.deepEqual(found, expected, `${gateway} has each record once`)
  }
}

/** What a write may take when the node that it went to dies: a try, and rounds without it. */
const stallMsMax = 20_000

/** Kills every node in turn, while three writers go on. */
async function killEachWhileWriting(world: NetworkWorld, t: TestContext): Promise<void> {
  const { write, left, gateways } = clientOf(world)
  assert.equal(gateways.length, names.length, 'the credential file names every gateway')
  let [next, done, isOver] = [0, 0, false]
  const stalls: number[] = []
  const writer = async () => {
    while (!isOver) {
      stalls.push(await write(next++))
      done++
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  const writers = Promise.all([writer(), writer(), writer()])
  writers.catch(() => undefined)
  const more = (count: number) => {
    const enough = done + count
    return Promise.race([
      writers,
      eventually(
        async () => done,
        (now) => now >= enough,
      ),
    ])
  }
  for (const name of names) {
    await more(10)
    await world.kill(world.node(name))
    await more(20)
    await world.start(world.node(name))
    await world.upToDate(name)
  }
  isOver = true
  await writers
  const longest = Math.round(Math.max(...stalls))
  const tally = [...new Set(left)].join(', ')
  t.diagnostic(`${next} writes, the longest took ${longest} ms; left: ${tally}`)
  assert.ok(left.length > 0, 'the gateway in use was among those that were killed')
  assert.ok(longest < stallMsMax, `a write took ${longest} ms`)
  await onceEach(world, 'written', next)
}

const movedOver = /, so another gateway is asked/

/** One command and one file, slowed down, while each of its two gateways is killed once. */
async function killWhileAFileIsPut(world: NetworkWorld, t: TestContext): Promise<void> {
  const [count, perSecond] = [2000, 100]
  const [rome, berlin] = [world.node('rome'), world.node('berlin')]
  const slow = world.file('slow.json')
  await world.addCredential(slow, ['--home', rome.home, '--per-second', String(perSecond)])
  const { client } = clientOf(world, { gateways: [world.node('lima').gateway] })
  const { size } = await client.checkpoint()
  const before = world.rows
  const putting = world.putThrough([rome.gateway, berlin.gateway], count, slow)
  t.after(() => void putting.child.kill('SIGKILL'))
  for (const node of [rome, berlin]) {
    await eventually(
      () => client.checkpoint(),
      (now) => now.size > size + perSecond,
    )
    assert.equal(putting.child.exitCode, null, 'it is under way')
    await world.kill(node)
    // It may be between two requests, or use the other one. It has asked this one by then.
    await Promise.race([putting.until(movedOver), delay(8000)])
    await world.start(node)
    await world.upToDate(node.name)
  }
  const { code, stdout, stderr } = await putting.ended
  assert.equal(code, 0, stdout + stderr)
  assert.match(stdout, /^2,000 rows: [0-9,]+ appended, [0-9,]+ found registered, 0 refused;/)
  assert.match(stderr, movedOver)
  await onceEach(world, 'number', before + count)
}

async function readThroughAll(world: NetworkWorld): Promise<void> {
  const stop = new AbortController()
  const seen: number[] = []
  const { client, write } = clientOf(world)
  const read = async () => {
    const query = { from: 0, signal: stop.signal }
    for await (const { position } of client.events('flights', query)) seen.push(Number(position))
  }
  const reading = read()
  const until = (count: number) => {
    const isSo = eventually(
      async () => seen.length,
      (now) => now >= count,
    )
    return Promise.race([isSo, reading.then(() => assert.fail('the stream ended'))])
  }
  try {
    let number = 100_000
    for (const name of ['berlin', 'rome'] as const) {
      const before = seen.length
      await write(number++)
      await until(before + 1)
      await world.kill(world.node(name))
      await write(number++)
      await world.start(world.node(name))
      await world.upToDate(name)
    }
    await until((await everyRecord(client)).length)
  } finally {
    stop.abort()
    await reading
  }
  const sorted = [...new Set(seen)].toSorted((a, b) => a - b)
  assert.deepEqual(seen, sorted, 'each event once, in order')
  assert.equal(seen.length, (await everyRecord(client)).length)
}

async function findOutALiar(world: NetworkWorld): Promise<void> {
  const [first, second] = world.nodes
  assert.ok(first && second)
  const proxy = await startTamperingProxy(first.gateway)
  try {
    const gateways = [proxy.address, second.gateway]
    const { write, left, client } = clientOf(world, { gateways, prefer: 'first' })
    await write(200_000)
    assert.deepEqual(left, [])
    proxy.lie((_, answer) => {
      const { outcomes } = answer as { outcomes?: Document[] }
      return outcomes ? { outcomes: outcomes.map((one) => ({ ...one, index: 0 })) } : answer
    })
    await write(200_001)
    assert.deepEqual(left, [`${proxy.address} GATEWAY_LIES`])
    await write(200_002)
    assert.equal(left.length, 1, 'it is not asked again')
    const times = await timesWritten(client, 'written')
    assert.deepEqual(
      [200_000, 200_001, 200_002].map((number) => times.get(number)),
      [1, 1, 1],
    )
  } finally {
    proxy.close()
  }
}

async function seeEachOther(world: NetworkWorld): Promise<void> {
  const { gateway } = world.node('rome')
  const ask = async () => {
    const answer = await fetch(`${gateway}/api/v1/nodes?status=active`)
    const { nodes } = (await answer.json()) as { nodes: Document[] }
    return nodes.map(({ id, liveness }) => ({ id, ...(liveness as Document | undefined) }))
  }
  const nodes = await eventually(ask, (all) =>
    names.every((name) => all.some((one) => one.id === name && 'seen' in one)),
  )
  for (const one of nodes.filter(({ id }) => names.includes(id as 'rome'))) {
    assert.deepEqual(
      Object.keys(one).toSorted(),
      ['asked', 'behind', 'height', 'id', 'latencyMs', 'seen'],
      JSON.stringify(one),
    )
  }
}

describe('clients of a network whose nodes die', { timeout: 600_000 }, () => {
  const world = new NetworkWorld()
  before(async () => {
    if (missing(['cometbft']) === undefined) await build(world)
  })
  after(() => world.close())
  const step = (name: string, take: (t: TestContext) => Promise<void>) =>
    it(name, async (t) => {
      if (needs(t, 'cometbft')) await take(t)
    })

  step('lose nothing and write nothing twice while each is killed in turn', (t) =>
    killEachWhileWriting(world, t),
  )
  step('finish a file whose node is killed in the middle of it', (t) =>
    killWhileAFileIsPut(world, t),
  )
  step('read on elsewhere where the stream broke off', () => readThroughAll(world))
  step('find out a gateway that lies, and leave it', () => findOutALiar(world))
  step('are told which nodes are there', () => seeEachOther(world))
})
