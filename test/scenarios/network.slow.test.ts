import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { bsn } from '../cli/bsn.ts'
import { type Document, eventually, type NetworkNode, NetworkWorld } from './network-world.ts'

const validators = ['rome', 'berlin', 'lagos', 'lima']
const rows = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => JSON.stringify({ number: from + i })).join('\n')

/** An alliance of one becomes a network of four validators and a node that follows. */
describe('city nodes as processes', { timeout: 300_000 }, () => {
  const world = new NetworkWorld()
  const [credential, keys] = [world.file('credential.json'), world.file('keys')]
  let [rome, berlin, lagos, lima, oslo]: NetworkNode[] = []
  before(async () => {
    rome = await world.found('rome')
    const home = ['--home', rome.home]
    await world.does(['service', 'create', 'flights', '--framework', 'records', ...home])
    const who = ['--service', 'flights', '--label', 'test', '--out', credential]
    await world.does(['credential', 'create', ...who, ...home])
  })
  after(() => world.close())

  const status = (node: NetworkNode | undefined) =>
    world.does(['node', 'status', '--gateway', node?.gateway ?? ''])
  async function put(node: NetworkNode | undefined, from: number, count: number) {
    const to = ['--gateway', node?.gateway ?? '', '--service', 'flights', '--credential', credential]
    const receipts = world.file(`receipts-${from}.ndjson`)
    const form = ['--format', 'ndjson', '--receipts', receipts]
    const done = await world.does(['record', 'put', ...to, ...form, '-'], rows(from, count))
    assert.equal(done.appended, count)
    return receipts
  }
  const hashes = () =>
    Promise.all(
      world.nodes
        .filter(({ running }) => running)
        .map(({ gateway }) => world.does(['status', '--gateway', gateway])),
    )
  const agree = (all: Document[]) =>
    new Set(all.map(({ appHash, entries }) => `${appHash} ${entries}`)).size === 1

  it('become a network in place, and old receipts stay', async () => {
    const old = await put(rome, 0, 30)
    assert(rome)
    await world.stop(rome)
    await world.does(['node', 'init', '--home', rome.home, '--listen', rome.listen, '--node', 'rome'])
    await world.start(rome)
    await world.does(['ledger', 'keys', '--bundle', '--out', keys, '--gateway', rome.gateway])
    await world.does(['receipt', 'verify', '--file', old, '--keys', keys])
  })

  it('let others in by an invitation that is good once', async () => {
    assert(rome)
    ;[berlin, lagos, lima, oslo] = [
      await world.join('berlin', rome),
      await world.join('lagos', rome),
      await world.join('lima', rome),
      await world.join('oslo', rome),
    ]
    const token = ['--token-file', '-', '--node', 'paris', '--home', world.file('paris')]
    const used = readFileSync(world.file('oslo.token'), 'utf8')
    const again = await bsn(['node', 'join', rome.gateway, ...token], { stdin: used })
    assert.match(again.stderr, /INVITATION_INVALID: .*was used already/)
    for (const node of world.nodes) {
      await eventually(() => status(node), ({ catchingUp }) => catchingUp === false)
    }
    for (const name of validators.slice(1)) {
      await eventually(
        () => world.does(['node', 'show', name, '--home', rome?.home ?? '']),
        ({ validator }) => typeof validator === 'string',
      )
      await world.does(['node', 'promote', name, '--home', rome.home])
    }
    await put(oslo, 30, 10)
    const { validators: now } = await status(oslo)
    assert.equal((now as unknown[]).length, 4)
  })

  it('go on when one of four is killed, and take it in again', async () => {
    assert(lima && berlin)
    await world.kill(lima)
    const receipts = await put(berlin, 40, 20)
    await world.does(['ledger', 'keys', '--bundle', '--out', `${keys}2`, '--gateway', berlin.gateway])
    await world.does(['receipt', 'verify', '--file', receipts, '--keys', `${keys}2`])
    await world.start(lima)
    await eventually(hashes, agree)
    await put(lima, 60, 20)
  })

  it('say so within 5 s when too few are left, and register nothing twice afterwards', async () => {
    assert(rome && berlin && lagos && lima)
    await Promise.all([world.kill(lagos), world.kill(lima)])
    const to = ['--gateway', rome.gateway, '--service', 'flights', '--credential', credential]
    const file = world.file('late.ndjson')
    writeFileSync(file, rows(100, 5))
    const began = performance.now()
    const statement = await bsn(['record', 'put', ...to, '--json', file])
    const took = performance.now() - began
    assert.notEqual(statement.code, 0, statement.stdout)
    assert.match(statement.stderr, /LEDGER_NO_QUORUM|LEDGER_UNDECIDED|OUTCOME_UNKNOWN/)
    assert.ok(took < 60_000, `${took} ms`)
    await Promise.all([world.start(lagos), world.start(lima)])
    const done = await eventually(
      () => world.does(['record', 'put', ...to, file]),
      () => true,
    )
    assert.equal(Number(done.appended) + Number(done.duplicate), 5)
    await eventually(hashes, agree)
    const [one] = await hashes()
    const { records } = await world.does(['record', 'list', ...to.slice(0, 4), '--limit', '200'])
    assert.ok(one)
    const numbers = (records as Document[]).length
    assert.equal(numbers, 30 + 10 + 20 + 20 + 5)
  })

  it('are right by an independent verifier, each of them', async () => {
    await Promise.all(world.nodes.map((node) => world.stop(node)))
    for (const { home } of world.nodes) await world.does(['ledger', 'verify', '--home', home])
  })
})
