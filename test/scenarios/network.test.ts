import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { createClient, type LastBlock, signStatement, utf8 } from '@openbsn/sdk'
import { signerOfStored } from '../../src/crypto/key-file.ts'
import { createRpc } from '../../src/ledger/sequencers/cometbft/rpc.ts'
import { missing, needs } from '../../src/testing/needs.ts'
import { bsn } from '../cli/bsn.ts'
import { joinWatched, memberSecret, refusesMisfits, refusesTokens } from './joining.ts'
import { type Document, eventually, type NetworkNode, NetworkWorld } from './network-world.ts'

/** One signed record, sent once. */
async function postOne(gateway: string, file: string): Promise<Response> {
  const { ledger, credential, service, key } = JSON.parse(readFileSync(file, 'utf8'))
  const iat = Math.floor(Date.now() / 1000)
  const claims = { iss: credential, sub: service, aud: ledger, iat, cti: utf8('once') }
  const input = { contentType: 'text/plain', claims, payload: utf8('once') }
  return fetch(`${gateway}/api/v1/ledgers/${ledger}/entries`, {
    method: 'POST',
    headers: { 'content-type': 'application/cose' },
    body: Buffer.from(await signStatement(input, signerOfStored(key))),
  })
}

/** A service that nodes sign in: writes a record to it with a key, asks what became of a key. */
async function jsonWriter(world: NetworkWorld, { home }: NetworkNode) {
  const how = ['--framework', 'records', '--key-mode', 'key-trust', '--home', home]
  await world.does(['service', 'create', 'tills', ...how])
  const who = ['--service', 'tills', '--label', 'till', '--api-key', '--home', home]
  const { apiKey, ledger, credential } = await world.does(['credential', 'create', ...who])
  const authorization = `Bearer ${apiKey}`
  const at = ({ gateway }: NetworkNode) => `${gateway}/api/v1/ledgers/${ledger}/services/tills`
  return {
    credential: String(credential),
    write: (node: NetworkNode, key: string) => {
      const type = { 'content-type': 'application/json', 'idempotency-key': key }
      const how = { method: 'POST', headers: { authorization, ...type } }
      return fetch(`${at(node)}/records`, { ...how, body: '{"value":"once"}' })
    },
    ask: async (node: NetworkNode, key: string): Promise<Document> => {
      const answer = await fetch(`${at(node)}/requests/${key}`, { headers: { authorization } })
      assert.equal(answer.status, 200)
      return (await answer.json()) as Document
    },
  }
}

type Writer = Awaited<ReturnType<typeof jsonWriter>>

/** One key through two nodes, which sign with keys of their own, is one record. */
async function isOnce({ write, ask }: Writer, nodes: readonly NetworkNode[]): Promise<void> {
  const indexes = new Set<unknown>()
  for (const node of nodes) {
    const answer = await eventually(
      () => write(node, 'json'),
      ({ status }) => status < 300,
    )
    const { index } = (await answer.json()) as Document
    const { state, index: asked } = await ask(node, 'json')
    assert.deepEqual({ state, asked }, { state: 'committed', asked: index })
    indexes.add(index)
  }
  assert.equal(indexes.size, 1)
}

/** A write that is refused for want of validators: in time, and with what to do. Its code. */
async function isUndecided(
  write: () => Promise<Response>,
  codes: readonly string[],
): Promise<unknown> {
  const began = performance.now()
  const answer = await write()
  const took = performance.now() - began
  const { code, detail } = (await answer.json()) as Document
  assert.equal(answer.status, 503)
  assert.ok(codes.includes(String(code)), `${code}`)
  assert.match(String(detail), /Too few validators answer|has not decided in time/)
  assert.ok(Number(answer.headers.get('retry-after')) >= 1)
  assert.ok(took < 5000, `${took} ms`)
  return code
}

async function becomeNetwork(world: NetworkWorld): Promise<void> {
  const old = await world.put('rome', 30)
  const rome = world.node('rome')
  const init = ['node', 'init', '--home', rome.home, '--listen', rome.listen, '--node', 'rome']
  assert.match((await bsn(init)).stderr, /STORE_IN_USE/)
  await world.becomeNetwork(rome)
  await world.verify(old, 'rome')
  await world.stop(rome)
  await saysPortTaken(world, rome)
  await world.start(rome)
}

/** Its gateway's port is free, that for other nodes is not. */
async function saysPortTaken({ env }: NetworkWorld, { home, gateway, listen }: NetworkNode) {
  const [host, port] = listen.split(':')
  const other = createServer().listen(Number(port), host)
  await once(other, 'listening')
  const start = ['node', 'start', '--home', home, '--port', new URL(gateway).port, '--node', 'rome']
  const { code, stderr } = await bsn(start, { env })
  other.close()
  assert.equal(code, 5, stderr)
  assert.match(stderr, /ENGINE_PORT_IN_USE/)
}

async function letIn(world: NetworkWorld): Promise<void> {
  const rome = world.node('rome')
  await joinWatched(world, { name: 'berlin', host: rome })
  for (const name of ['lagos', 'lima', 'oslo']) await world.join(name, rome)
  for (const name of ['berlin', 'lagos', 'lima']) await world.promote(name, rome)
  await world.put('oslo', 10)
  const { validators } = await world.status('oslo')
  assert.equal((validators as unknown[]).length, 4)
}

/** Writes of one credential through three gateways at once, of which its day has a third. */
async function limitDay(world: NetworkWorld): Promise<void> {
  const home = ['--home', world.node('rome').home]
  const [file, own] = [world.file('daily.json'), ['--service', 'daily', '--label', 'daily']]
  await world.does(['service', 'create', 'daily', '--framework', 'records', ...home])
  const limit = ['--writes-per-day', '20', '--out', file]
  await world.does(['credential', 'create', ...own, ...limit, ...home])
  const { ledger, credential, service, key } = JSON.parse(readFileSync(file, 'utf8'))
  const signer = signerOfStored(key)
  const leftSeconds = 86_400 - ((Date.now() / 1000) % 86_400)
  // A new day would have as many more.
  if (leftSeconds < 30) await setTimeout(leftSeconds * 1000)
  const iat = Math.floor(Date.now() / 1000)
  const write = async (name: string) => {
    const sign = (_: unknown, i: number) => {
      const claims = { iss: credential, sub: service, aud: ledger, iat, cti: utf8(`${name} ${i}`) }
      return signStatement({ contentType: 'text/plain', claims, payload: utf8('x') }, signer)
    }
    const statements = await Promise.all(Array.from({ length: 20 }, sign))
    return createClient({ gateway: world.node(name).gateway, ledger }).submit(statements)
  }
  const outcomes = (await Promise.all(['rome', 'berlin', 'oslo'].map(write))).flat()
  const count = (what: string) =>
    outcomes.filter((one) => (one.outcome === 'refused' ? one.code : one.outcome) === what).length
  assert.deepEqual([count('appended'), count('QUOTA_EXCEEDED')], [20, 40])
}

async function loseOne(world: NetworkWorld): Promise<void> {
  const lima = world.node('lima')
  await world.kill(lima)
  const receipts = await world.put('berlin', 20)
  await world.verify(receipts, 'berlin')
  await world.startByUnit(lima)
  await world.agree()
  await world.put('lima', 20)
}

/** What is frozen through one gateway is refused by another one, from its own replica. */
async function isFrozen(world: NetworkWorld, { credential, write }: Writer): Promise<void> {
  const oslo = world.node('oslo')
  assert.equal((await write(oslo, 'json')).status, 200)
  await world.does(['credential', 'freeze', credential, '--home', world.node('rome').home])
  const told = async () => (await (await write(oslo, 'json')).json()) as Document
  await eventually(told, ({ code }) => code === 'CREDENTIAL_FROZEN', 5000)
}

/** Returns how many records of each service it registered. */
async function loseTwo(world: NetworkWorld): Promise<{ flights: number; tills: number }> {
  const names = ['rome', 'berlin', 'lagos', 'lima']
  const [rome, berlin, lagos, lima] = names.map((name) => world.node(name))
  assert(rome && berlin && lagos && lima)
  const json = await jsonWriter(world, rome)
  await Promise.all([world.kill(lagos), world.kill(lima)])
  const writeCose = () => postOne(rome.gateway, world.credential)
  const code = await isUndecided(writeCose, ['LEDGER_UNDECIDED', 'LEDGER_NO_QUORUM'])
  assert.equal(await unknownIn(rome), code === 'LEDGER_UNDECIDED' ? 1 : 0)
  for (const key of ['json', 'given-up']) {
    await isUndecided(() => json.write(rome, key), ['CALL_FATE_UNKNOWN', 'CALL_NOT_SENT'])
  }
  await saysHowOld(world, true)
  await Promise.all([world.start(lagos), world.start(lima)])
  const again = async () => ({ status: (await writeCose()).status })
  await eventually(again, ({ status }) => status === 200 || status === 201)
  await isOnce(json, [rome, berlin])
  // Nobody sent this one again: it came with the blocks after the healing, or will not any more.
  const { state } = await eventually(
    () => json.ask(rome, 'given-up'),
    (one) => one.state === 'committed' || one.state === 'not_sent',
    30_000,
  )
  await isFrozen(world, json)
  assert.equal(await unknownIn(rome), 0)
  const engine = await metricsOf(rome, /^bsn_engine_(\w+)\{engine="cometbft",node="rome",/)
  assert.deepEqual(Object.keys(engine).toSorted(), ['height', 'height_lag_blocks', 'up'])
  assert.ok(engine.up === 1 && Number(engine.height) > 1 && Number(engine.height_lag_blocks) < 20)
  await saysHowOld(world, false)
  return { flights: 1, tills: state === 'committed' ? 2 : 1 }
}

/** Figures of a node's metrics by what the first group of the pattern finds. */
async function metricsOf({ gateway }: NetworkNode, pattern: RegExp) {
  const lines = (await (await fetch(`${gateway}/metrics`)).text()).split('\n')
  const found = lines.flatMap((line) => {
    const [, name] = pattern.exec(line) ?? []
    return name === undefined ? [] : [[name, Number(line.split(' ').at(-1))] as const]
  })
  return Object.fromEntries(found)
}

/** Statements that the node told somebody of that it does not know what becomes of them. */
async function unknownIn(node: NetworkNode): Promise<number | undefined> {
  const { records } = await metricsOf(node, /^bsn_tx_unknown_outcome\{engine="(records)"\}/)
  return records
}

/** Reads go on, and say of which block they are, and since when nothing is decided. */
async function saysHowOld(world: NetworkWorld, isLost: boolean): Promise<void> {
  const { gateway, home } = world.node('rome')
  const { ledger, time, noQuorumSince } = await world.does(['status', '--gateway', gateway])
  const told: LastBlock[] = []
  const onBlock = (_: string, block: LastBlock) => told.push(block)
  await createClient({ gateway, ledger: String(ledger), onBlock }).nodes()
  const [block] = told
  assert.ok(block)
  assert.equal(new Date(block.time * 1000).toISOString(), String(time).replace('Z', '.000Z'))
  assert.equal(block.noQuorumSince, noQuorumSince)
  assert.equal(block.noQuorumSince !== undefined, isLost)
  for (const command of ['status', 'node status']) {
    const shown = await bsn([...command.split(' '), '--home', home])
    assert.equal(/^no quorum since: +20/m.test(shown.stdout), isLost, shown.stdout)
  }
  const ready = await (await fetch(`${gateway}/readyz?verbose`)).text()
  assert.equal(ready.includes('nothing is decided since'), isLost, ready)
}

async function leave(world: NetworkWorld): Promise<void> {
  const at = (name: string) => {
    const { home, gateway } = world.node(name)
    return ['node', 'leave', name, '--home', home, '--gateway', gateway]
  }
  assert.match((await bsn(at('lima'))).stderr, /NODE_IS_VALIDATOR/)
  await world.does(at('oslo'))
  const rome = world.node('rome')
  const isGone = ({ status }: Document) => status === 'retired'
  await eventually(() => world.does(['node', 'show', 'oslo', '--home', rome.home]), isGone)
  // Nobody lets it in again: it stays where it was.
  const oslo = world.node('oslo')
  await world.stop(oslo)
  await world.start(oslo)
  await world.put('berlin', 5)
  const isAlone = ({ peers }: Document) => (peers as unknown[]).length === 0
  await eventually(() => world.status('oslo'), isAlone)
  await world.stop(oslo)
}

/** A node that took a snapshot has all of the ledger, and of the chain only what came since. */
async function beginBehindSnapshot(world: NetworkWorld, name: string): Promise<void> {
  const node = world.node(name)
  // Killed before CometBFT has a block, it begins anew.
  await world.kill(node)
  await world.start(node)
  await world.upToDate(name)
  const socketPath = join(node.home, 'network', 'run', 'rpc.sock')
  const rpc = createRpc({ socketPath })
  const { sync_info: chain } = (await rpc.call('status')) as { sync_info: Document }
  rpc.close()
  const { initialHeight } = JSON.parse(
    readFileSync(join(node.home, 'network', 'network.json'), 'utf8'),
  ).start
  assert.ok(Number(chain.earliest_block_height) > initialHeight + 20, JSON.stringify(chain))
  await world.agree()
  await world.verify(world.file('receipts-0.ndjson'), name)
  // Registered long ago, through another node.
  assert.equal((await postOne(node.gateway, world.credential)).status, 200)
  const from = ['--gateway', node.gateway, '--service', 'flights', '--limit', '200']
  const { records } = await world.does(['record', 'list', ...from])
  assert.equal((records as Document[]).length, world.rows + 1)
}

async function admitMember(world: NetworkWorld): Promise<void> {
  const rome = world.node('rome')
  const [home, file] = [['--home', rome.home], world.file('bob.member')]
  const { key } = await world.does(['alliance', 'key', 'bob', '--out', file, ...home])
  await world.decide(['rules', '--lock', 'validators=0'], { at: home })
  await world.decide(['admit', 'bob', '--key', String(key), '--name', 'Bob'], { at: home })
  // What a joiner left that was killed does not count.
  mkdirSync(world.file('madrid'))
  writeFileSync(join(world.file('madrid'), 'ledger.bsn'), 'half of it')
  const more = ['--as', file, '--by', 'snapshot']
  const beside = new Map([['bob', memberSecret(file)]])
  await joinWatched(world, { name: 'madrid', host: rome, more }, beside)
  await beginBehindSnapshot(world, 'madrid')
  const show = ['node', 'show', 'madrid', ...home]
  assert.equal((await world.does(show)).operator, 'bob')
  await world.verify(await world.put('madrid', 10), 'madrid')
  // What one member did alone, two decide together.
  const promote = await bsn(['node', 'promote', 'madrid', ...home])
  assert.match(promote.stderr, /NOT_ALLOWED/)
  await world.decide(['promote', 'madrid'], { at: home, voters: [[], ['--as', file]] })
  await world.verify(await world.put('berlin', 10), 'madrid')
  const { validators } = await world.status('madrid')
  assert.equal((validators as unknown[]).length, 5)
  // And what they made a validator, they unmake.
  await world.decide(['demote', 'madrid'], { at: home, voters: [[], ['--as', file]] })
  await world.put('madrid', 10)
  const left = ({ validators: still }: Document) => (still as unknown[]).length === 4
  await eventually(() => world.status('madrid'), left)
}

/** An alliance of one becomes a network of four validators and a node that follows. */
describe('city nodes as processes', { timeout: 400_000 }, () => {
  const world = new NetworkWorld()
  before(async () => {
    if (missing(['cometbft']) === undefined) await world.publish(await world.found('rome'))
  })
  after(() => world.close())
  const step = (name: string, take: () => Promise<void>) =>
    it(name, async (t) => {
      if (needs(t, 'cometbft')) await take()
    })

  step('become a network in place, and old receipts stay', () => becomeNetwork(world))
  step('let others in by an invitation that is good once', () => letIn(world))
  step('refuse tokens that are used, expired, or none of theirs', () =>
    refusesTokens(world, readFileSync(world.file('oslo.token'), 'utf8')),
  )
  step('refuse who does not fit: another ledger, an old program, a clock that is off', () =>
    refusesMisfits(world),
  )
  step('count the writes of a day once, whichever gateway they come through', () => limitDay(world))
  step('go on when one of four is killed, and take it in again', () => loseOne(world))
  step('say so within 5 s when too few are left, and register nothing twice', async () => {
    const more = await loseTwo(world)
    await world.agree()
    const from = ['--gateway', world.node('oslo').gateway, '--limit', '200', '--service']
    const wanted = { flights: world.rows + more.flights, tills: more.tills }
    for (const [service, count] of Object.entries(wanted)) {
      const { records } = await world.does(['record', 'list', ...from, service])
      assert.equal((records as Document[]).length, count, service)
    }
  })
  step('are left by a node that says so, but not by a validator', () => leave(world))
  step('are of several members', () => admitMember(world))
  step('are right by an independent verifier, each of them', async () => {
    await Promise.all(world.nodes.map((node) => world.stop(node)))
    for (const { home } of world.nodes) await world.does(['ledger', 'verify', '--home', home])
  })
})
