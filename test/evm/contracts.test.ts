import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { isCodedError } from '@openbsn/sdk'
import { until } from '../../src/testing/engine-program.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { scratchFolder, startNetwork } from '../cli/bsn.ts'
import { type Holder, holderFrom, holderOf, proofOf } from './contract-holder.ts'
import { killEngine, outerChainId, savedHeight, startEvm, type World } from './evm-world.ts'

describe('contracts by name, with keys that the node keeps', () => {
  it('each act has one effect, through kills of the engine and of the node', async (t) => {
    const folder = scratchFolder(t)
    const home = join(folder, 'home')
    const network = await startNetwork(t, home)
    const does = doesOf(network)
    const kind = ['--framework', 'evm', '--key-mode', 'key-trust', '--sandbox']
    await does('service', 'create', 'shop', ...kind)
    const world = { folder, does }
    const [shop, ann, bob] = await Promise.all(
      ['shop', 'ann', 'bob'].map((name) => holderOf(world, 'shop', name, '--sandbox')),
    )
    assert.ok(shop && ann && bob)
    const given = { template: 'points', name: 'points', args: ['Points', 'P', shop.address] }
    const deployed = await shop.contracts.deploy(given, { idempotencyKey: 'deploy' })
    assert.equal(deployed.name, 'points')
    const chainFolder = join(home, 'sandbox/chains/shop')
    // A crash takes what is not saved yet, and what uses a contract needs it.
    await untilSaved(shop, chainFolder, deployed.transaction)
    const acts = randomActs(t, { ann, bob })
    await Promise.all([doAll(shop, acts), killEngine(chainFolder)])
    // What the last seconds before a crash had is gone, as every answer says; it is sent again.
    await shop.contracts.deploy(given, { idempotencyKey: 'deploy' })
    await doAll(shop, acts)
    await agree(shop, acts)
    const last = acts.at(-1) ?? assert.fail('there are acts')
    const { transaction } = await last.run(shop)
    const proven = await proofOf(shop, transaction)
    assert.deepEqual([proven.transaction, proven.status], [transaction, 1])
    await untilSaved(shop, chainFolder, transaction)
    network.up.child.kill('SIGKILL')
    await network.up.ended
    const { address } = await startNetwork(t, home)
    const again = await holderFrom(join(folder, 'shop-shop.credential'), 'shop', address)
    assert.equal(again.address, shop.address)
    await doAll(again, acts)
    await agree(again, acts)
    assert.equal((await proofOf(again, transaction)).transaction, transaction)
  })

  it('says why a call is refused, and nothing is sent', async (t) => {
    const { folder, does } = await startShop(t)
    const shop = await holderOf({ folder, does }, 'shop', 'shop', '--sandbox')
    const ann = await holderOf({ folder, does }, 'shop', 'ann', '--sandbox')
    const args = ['Points', 'P', shop.address]
    const { name } = await shop.contracts.deploy({ template: 'points', args })
    assert.equal(name, 'points')
    const refused = async (sent: Promise<unknown>, code: string, message: RegExp) =>
      assert.rejects(sent, { code, message })
    const issue = ann.contracts.send('points', 'issue', [ann.address, '5', 'x'])
    await refused(issue, 'CALL_REVERTED', /NotIssuer\(account: 0x/)
    const spend = ann.contracts.send('points', 'redeem', ['1', 'tea'])
    await refused(spend, 'CALL_REVERTED', /ERC20InsufficientBalance\(.*needed: 1\)/)
    await refused(ann.contracts.send('points', 'steal', []), 'FUNCTION_UNKNOWN', /steal/)
    await refused(ann.contracts.send('none', 'issue', []), 'CONTRACT_NOT_FOUND', /none/)
    const sources = { 'A.sol': 'pragma solidity ^0.8.20;\ncontract A { uint x = y; }' }
    await refused(ann.contracts.deploy({ sources }), 'COMPILE_FAILED', /A\.sol:2:23/)
    const { nonce } = await ann.contracts.account()
    assert.equal(Number(nonce), 0)
  })
})

describe('contracts on a chain of others', () => {
  it('are deployed, called and proven in the live ledger', async (t) => {
    const world = await startEvm(t)
    const folder = scratchFolder(t)
    const kind = ['--framework', 'evm', '--key-mode', 'key-trust']
    await world.does('service', 'create', 'outer', ...kind)
    const holder = await holderOf({ folder, does: world.does }, 'outer', 'one')
    const poor = holder.contracts.deploy({ template: 'evidence' })
    await assert.rejects(poor, { code: 'INSUFFICIENT_FUNDS' })
    await fund(world.outer.port, holder.address)
    const { contracts } = holder
    const args = ['Points', 'P', holder.address]
    const deployed = await contracts.deploy({ template: 'points', args })
    const { transaction, name = '' } = deployed
    const moved = await contracts.send(name, 'issue', [holder.address, '7', 'first'])
    assert.equal(await contracts.call(name, 'balanceOf', [holder.address]), '7')
    for (const hash of [transaction, moved.transaction]) {
      const proven = await proofOf(holder, hash)
      assert.deepEqual([proven.transaction, proven.chain], [hash, outerChainId])
    }
  })
})

const doesOf = ({ run }: Pick<Awaited<ReturnType<typeof startNetwork>>, 'run'>): World['does'] => {
  return async (...argv) => {
    const { code, stdout, stderr } = await run(...argv, '--json')
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout)
  }
}

async function startShop(t: TestContext) {
  const folder = scratchFolder(t)
  const does = doesOf(await startNetwork(t, join(folder, 'home')))
  const kind = ['--framework', 'evm', '--key-mode', 'key-trust', '--sandbox']
  await does('service', 'create', 'shop', ...kind)
  return { folder, does }
}

type Act = {
  readonly run: (shop: Holder) => Promise<{ readonly transaction: string }>
  readonly to: string
  readonly amount: number
}

/** Points that the shop gives out, each act under a key of its own. */
function randomActs(t: TestContext, { ann, bob }: Record<string, Holder>): Act[] {
  const random = testPrng()
  t.diagnostic(`seed ${random.seed}`)
  assert.ok(ann && bob)
  return Array.from({ length: 60 }, (_, i) => {
    const [to, amount] = [random.int(0, 1) === 0 ? ann : bob, random.int(1, 100)]
    const args = [to.address, String(amount), `order ${i}`]
    const key = { idempotencyKey: `act-${i}` }
    const run: Act['run'] = ({ contracts }) => contracts.send('points', 'issue', args, key)
    return { run, to: to.address, amount }
  })
}

/** Sends all; again, what was not answered. */
async function doAll(shop: Holder, acts: readonly Act[]): Promise<void> {
  const one = async ({ run }: Act) => {
    for (let tries = 0; ; tries++) {
      try {
        return await run(shop)
      } catch (error) {
        // While a chain is back before its contract was made, it refuses.
        const isPassing = isCodedError(error) && (error.retryable || error.code.startsWith('CALL_'))
        if (!isPassing || tries >= 20) throw error
        await new Promise((resolve) => setTimeout(resolve, 250))
      }
    }
  }
  await Promise.all(acts.map(one))
}

async function agree({ contracts }: Holder, acts: readonly Act[]): Promise<void> {
  const expected = new Map<string, number>()
  for (const { to, amount } of acts) expected.set(to, (expected.get(to) ?? 0) + amount)
  for (const [address, sum] of expected) {
    assert.equal(await contracts.call('points', 'balanceOf', [address]), String(sum))
  }
}

/** A crash takes nothing of what was sent before. */
async function untilSaved({ contracts }: Holder, chainFolder: string, hash: string): Promise<void> {
  const { height = 0 } = await contracts.transaction(hash)
  await until('it is saved', () => savedHeight(chainFolder) >= height, 40_000)
}

/** Ether of the account that every new engine gives money to. */
async function fund(port: number, to: string): Promise<void> {
  const from = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
  const params = [{ from, to, value: '0xde0b6b3a7640000' }]
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sendTransaction', params })
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', headers, body })
  assert.ok('result' in (await answer.json()))
}
