import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { JsonObject } from '../../kernel/json.ts'
import { EvmWorld } from '../../testing/evm-world.ts'
import { idOf, submitOne } from '../world-contract.ts'

const box = `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
contract Box {
    event Set(uint256 value);
    uint256 public get;
    function set(uint256 value) external {
        require(value != 13, "unlucky");
        get = value;
        emit Set(value);
    }
}
contract Proxy is ERC1967Proxy {
    constructor(address behind) ERC1967Proxy(behind, "") {}
    function _unsafeAllowUninitialized() internal pure override returns (bool) { return true; }
}`

async function setUp(t: TestContext) {
  const world = await EvmWorld.create()
  t.after(() => world.close())
  const [writer] = world.writers
  const deploy = (name: string, id: string) => {
    const args = { template: 'evidence', name }
    return submitOne(world.node, { ...writer, function: 'deploy', args, id: idOf(id) })
  }
  const ask = (name: string, args: Record<string, unknown>) =>
    world.node.query(writer.service, { function: name, args: args as never })
  const send = (id: string, args: JsonObject) =>
    submitOne(world.node, { ...writer, function: 'send', args, id: idOf(id) })
  return { world, deploy, ask, send }
}

describe('contracts that a node knows', () => {
  it('have names of their own, and a repeat is no second one', async (t) => {
    const { deploy } = await setUp(t)
    const first = await deploy('proofs', 'one')
    assert.ok(first.state === 'committed' && first.result?.name === 'proofs')
    const again = await deploy('proofs', 'one')
    assert.ok(again.state === 'committed' && again.isRepeat)
    const second = await deploy('proofs', 'two')
    assert.ok(second.state === 'rejected' && second.code === 'CONTRACT_NAME_TAKEN')
  })

  it('are what their sources say, or it is told that they are not', async (t) => {
    const { deploy, ask } = await setUp(t)
    assert.equal((await deploy('proofs', 'one')).state, 'committed')
    const verified = await ask('verify', { contract: 'proofs', template: 'evidence' })
    assert.equal((verified as { verified: string }).verified, 'exact')
    const other = { contract: 'proofs', template: 'erc721' }
    await assert.rejects(ask('verify', other), { code: 'SOURCE_DIFFERS' })
    const nowhere = { name: 'none', address: `0x${'ee'.repeat(20)}`, abi: [] }
    await assert.rejects(ask('register', nowhere), { code: 'CONTRACT_MISSING' })
    await assert.rejects(ask('contract', { contract: 'nobody' }), { code: 'CONTRACT_NOT_FOUND' })
  })

  it('are compiled before they are deployed, and say what is wrong where', async (t) => {
    const { ask } = await setUp(t)
    const points = (await ask('compile', { template: 'points' })) as unknown as {
      readonly name: string
      readonly abi: readonly { readonly type: string; readonly inputs: readonly object[] }[]
      readonly sources: Readonly<Record<string, string>>
    }
    const made = points.abi.find(({ type }) => type === 'constructor')
    assert.deepEqual([points.name, made?.inputs.length], ['Points', 3])
    assert.match(points.sources['Points.sol'] ?? '', /contract Points/)
    const sources = { 'A.sol': '// SPDX-License-Identifier: MIT\ncontract A { uint x = ; }' }
    const failed = { code: 'COMPILE_FAILED', message: /\nA\.sol:2:\d+: / }
    await assert.rejects(ask('compile', { sources }), failed)
    await assert.rejects(ask('compile', { template: 'points', name: 'x' }), {
      code: 'ARGUMENT_INVALID',
    })
  })

  it('told what their ABI has names for, the newest first', async (t) => {
    const { deploy, ask, send } = await setUp(t)
    assert.equal((await deploy('proofs', 'one')).state, 'committed')
    for (const [i, id] of ['a', 'b', 'c'].entries()) {
      const args = [`0x${'0'.repeat(63)}${i + 1}`, id]
      await send(id, { to: 'proofs', function: 'register', args })
    }
    type Told = { events: { event: string; args: Record<string, string> }[]; next?: number }
    const page = (more: object) =>
      ask('events', { contract: 'proofs', limit: 2, ...more }) as unknown as Promise<Told>
    const first = await page({})
    const told = ({ events }: Told) => events.map(({ event, args }) => [event, args.digest?.at(-1)])
    assert.deepEqual(told(first), [
      ['Registered', '3'],
      ['Registered', '2'],
    ])
    const rest = await page({ before: first.next })
    assert.deepEqual([told(rest), rest.next], [[['Registered', '1']], undefined])
    await assert.rejects(ask('events', { contract: 'nobody', limit: 1 }), {
      code: 'CONTRACT_NOT_FOUND',
    })
  })
})

describe('contracts that are proxies', () => {
  it('run what is behind them by its own functions, and tell its events', async (t) => {
    const { world, send, ask } = await setUp(t)
    const [{ service, credential }] = world.writers
    const sources = { 'Box.sol': box }
    const made = async (contract: string, args: unknown[]) => {
      const what = { sources, contract, name: contract.toLowerCase(), args } as never
      const call = { service, credential, function: 'deploy', args: what, id: idOf(contract) }
      const outcome = await submitOne(world.node, call)
      assert.ok(outcome.state === 'committed', JSON.stringify(outcome))
      return String(outcome.result?.address)
    }
    const behind = await made('Box', [])
    await made('Proxy', [behind])
    assert.equal(((await ask('contract', { contract: 'proxy' })) as JsonObject).proxyOf, behind)
    const set = { to: 'proxy', function: 'set', args: ['7'] }
    const { gas } = (await ask('estimate', set)) as JsonObject
    assert.ok(Number(gas) > 21_000)
    await assert.rejects(ask('estimate', { ...set, args: ['13'] }), {
      code: 'CALL_REVERTED',
      message: /unlucky/,
    })
    assert.equal((await send('set', set)).state, 'committed')
    const got = (await ask('call', { to: 'proxy', function: 'get' })) as JsonObject
    assert.equal(got.result, '7')
    const { events } = (await ask('events', { contract: 'proxy', limit: 1 })) as JsonObject
    assert.deepEqual(
      (events as JsonObject[]).map(({ event, args }) => [event, args]),
      [['Set', { value: '7' }]],
    )
    const { text } = (await ask('client', { contract: 'proxy', base: '/x' })) as JsonObject
    assert.match(String(text), /\bset\b/)
    await assert.rejects(ask('call', { to: 'proxy', function: 'none' }), {
      code: 'FUNCTION_UNKNOWN',
    })
  })
})
