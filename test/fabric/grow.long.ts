import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { bsn } from '../cli/bsn.ts'
import {
  type Document,
  eventually,
  type NetworkNode,
  NetworkWorld,
} from '../scenarios/network-world.ts'

const names = ['lisboa', 'oslo', 'lima'] as const
const book = (key: string, value: string) => JSON.stringify({ baseKey: key, baseValue: value })

/** Ids of the programs of that name that a node started. */
function childrenOf({ running }: NetworkNode, program: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map(Number).filter((pid) => {
    try {
      const [, name, parent] =
        /^\d+ \((.*)\) . (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? []
      return name === program && Number(parent) === running?.child.pid
    } catch {
      return false // It has ended meanwhile.
    }
  })
}

/** Writes one key after the other until it is told to end; what was acknowledged. */
function writer(write: (key: string) => Promise<unknown>) {
  const written: string[] = []
  const failed: unknown[] = []
  let [count, isEnded] = [0, false]
  const run = async () => {
    while (!isEnded) {
      const key = `k${count++}`
      await write(key).then(
        () => written.push(key),
        (error: unknown) => failed.push(error),
      )
    }
  }
  const ended = run()
  const end = async () => {
    isEnded = true
    await ended
    return { written, failed }
  }
  return { written, end }
}

describe('a channel of Fabric that is open', () => {
  let world: NetworkWorld
  before(async () => {
    for (const engine of ['fabric', 'fabric-ca', 'cometbft'])
      await bsn(['engine', 'install', engine])
    world = new NetworkWorld()
    const lisboa = await world.found('lisboa')
    await world.becomeNetwork(lisboa)
    for (const name of ['oslo', 'lima']) {
      await world.join(name, lisboa)
      await world.upToDate(name)
    }
  })
  after(() => world?.close())

  const at = () => ['--home', world.node('lisboa').home]
  const keyOf = () => world.file('trade.credential')
  const contract = (name: string, ...argv: readonly string[]) => {
    const through = ['--credential', keyOf(), '--gateway', world.node(name).gateway]
    return world.does(['contract', ...argv, ...through])
  }
  const isReady = (answer: Document) => {
    const contracts = answer.contracts as Document[]
    return contracts.length > 0 && contracts.every(({ waitsFor }) => waitsFor === undefined)
  }
  const get = (name: string, key: string) => contract(name, 'call', 'books', 'get', '--arg', key)
  const set = (name: string, key: string, value = 'x') =>
    contract(name, 'send', 'books', 'set', '--arg', book(key, value))
  const historyOf = async (name: string, key: string) => {
    const { result } = await contract(name, 'call', 'books', 'getHistory', '--arg', key)
    return JSON.parse(String(result)) as unknown[]
  }
  const isOn = (...nodes: readonly string[]) =>
    world.does(['service', 'update', 'trade', ...nodes.flatMap((one) => ['--node', one]), ...at()])
  const allReady = async (...nodes: readonly string[]) => {
    for (const name of nodes) await eventually(() => contract(name, 'list'), isReady)
  }

  it('is of two nodes at first', async () => {
    const how = ['--framework', 'fabric', '--key-mode', 'key-trust']
    const nodes = ['--node', 'lisboa', '--node', 'oslo']
    await world.does(['service', 'create', 'trade', ...how, ...nodes, ...at()])
    const preset = ['--package', 'preset:key-value', '--service', 'trade']
    await world.does(['contract', 'define', 'books', ...preset, ...at()])
    const scopes = ['records:write', 'records:read', 'events:read'].flatMap((one) => [
      '--scope',
      one,
    ])
    const named = ['--service', 'trade', '--label', 'desk', '--api-key', '--out', keyOf()]
    const who = ['--operator', 'admin']
    await world.does(['credential', 'create', ...named, ...scopes, ...who, ...at()])
    await allReady('lisboa', 'oslo')
    await set('lisboa', 'first')
  })

  it('gets a third while it is written to, and nothing is lost or done twice', async () => {
    const { written, end } = writer((key) => set('lisboa', key))
    await eventually(
      async () => written.length,
      (count) => count > 1,
    )
    await isOn(...names)
    await allReady(...names)
    assert.equal((await get('lima', 'first')).result, 'x')
    await set('lima', 'third', 'from lima')
    const { length } = written
    await eventually(
      async () => written.length,
      (count) => count > length + 1,
    )
    const done = await end()
    assert.deepEqual(done.failed, [])
    for (const key of done.written) assert.equal((await historyOf('lima', key)).length, 1, key)
    assert.equal((await get('oslo', 'third')).result, 'from lima')
  })

  it('goes on after the peer and the orderer of a node were killed', async () => {
    const oslo = world.node('oslo')
    for (const program of ['peer', 'orderer']) {
      const pids = childrenOf(oslo, program)
      assert.equal(pids.length, 1, program)
      process.kill(pids[0] ?? 0, 'SIGKILL')
    }
    // Two of three go on.
    await set('lima', 'meanwhile')
    await eventually(
      () => get('oslo', 'meanwhile'),
      ({ result }) => result === 'x',
    )
    await eventually(
      () => set('oslo', 'back'),
      () => true,
    )
    assert.equal((await get('lisboa', 'back')).result, 'x')
  })

  it('loses one, which does not have what comes then', async () => {
    await isOn('oslo', 'lima')
    await eventually(
      () =>
        contract('lisboa', 'call', 'books', 'get', '--arg', 'first').then(() => 'hosted', String),
      (said) => said.includes('has no channel on this node'),
    )
    await allReady('oslo', 'lima')
    await set('oslo', 'without lisboa')
    assert.equal((await get('lima', 'without lisboa')).result, 'x')
    assert.equal((await historyOf('lima', 'first')).length, 1)
  })

  it('gets it back', async () => {
    await isOn('oslo', 'lima', 'lisboa')
    await allReady(...names)
    assert.equal((await get('lisboa', 'without lisboa')).result, 'x')
    await set('lisboa', 'again')
    assert.equal((await get('lima', 'again')).result, 'x')
  })
})
