import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { mnemonicToAccount } from 'viem/accounts'
import { WebSocket } from 'ws'
import { methodRule } from '../../src/gateway/doors/jsonrpc/rpc-methods.ts'
import { needs } from '../../src/testing/needs.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { scratchFolder } from '../cli/bsn.ts'
import { holderOf, proofOf } from './contract-holder.ts'
import { account, countUp, deployCounter, postRaw, startEvm, toolsAt } from './evm-world.ts'
import { gethChainId, startGeth } from './geth/start-geth.ts'
import { furnish, requestTexts } from './rpc-requests.ts'
import { Market } from './token-market.ts'
import { accounts, outsider, phrase } from './token-tools.ts'

const rich = [...accounts, account.address, outsider.address]

/** An engine of other make than that of the sandboxes, behind the same door. */
describe('a chain of geth', { timeout: 1_800_000 }, () => {
  it('is used through the door, by the tools and by name, and proven', async (t) => {
    if (!needs(t, 'go')) return
    const geth = await startGeth(t)
    const upstreams = [{ url: geth.url, ws: geth.ws }]
    const chains = { geth: { chainId: gethChainId, finalDepth: 0, upstreams } }
    const world = await startEvm(t, async () => chains)
    const { does, keyFor, network } = world
    await does('service', 'create', 'geth', '--framework', 'evm', '--key-mode', 'key-trust')
    const key = await keyFor('geth')
    const senders = mnemonicToAccount(phrase, { addressIndex: 3 }).address
    for (const one of new Set([...rich, senders])) await geth.fund(one)
    const tools = toolsAt(network.address, key, gethChainId, 'geth')

    await t.test('answers with the bytes of the engine', async (inner) => {
      const names = await furnish(tools, geth.folder)
      const offered = requestTexts(names).filter((text) => isOffered(text))
      const differing: string[] = []
      for (const body of offered) {
        const direct = await postRaw(geth.url, body)
        const { text } = await postRaw(tools.url, body)
        if (text !== direct.text) differing.push(`${body}\n  geth ${direct.text}\n  door ${text}`)
      }
      inner.diagnostic(`${offered.length} requests`)
      assert.ok(offered.length > 100)
      assert.deepEqual(differing, [])
    })

    await t.test('has tokens moved by viem and ethers as a model has them', async (inner) => {
      const prng = testPrng()
      inner.diagnostic(`seed ${prng.seed}`)
      const market = new Market({ url: tools.url, chainId: gethChainId }, prng)
      inner.after(() => market.close())
      await market.deploy()
      await market.trade(60)
      await market.judge('on geth')
    })

    await t.test('tells subscribers of its blocks', async (inner) => {
      const socket = new WebSocket(tools.socketUrl)
      inner.after(() => socket.terminate())
      await once(socket, 'open')
      socket.send('{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}')
      assert.match(String(await once(socket, 'message')), /"result":"0x/)
      const told = once(socket, 'message')
      await countUp(tools, await deployCounter(tools))
      assert.match(String(await told), /"eth_subscription".*"number":"0x/)
    })

    await t.test('has contracts by name, with keys that the node keeps, and proofs', async () => {
      const holder = await holderOf({ folder: scratchFolder(t), does }, 'geth', 'one')
      const { contracts, address } = holder
      await geth.fund(address)
      const args = ['Points', 'P', address]
      const { transaction, name = '' } = await contracts.deploy({ template: 'points', args })
      const sends = Array.from({ length: 20 }, (_, i) =>
        contracts.send(name, 'issue', [address, '7', `order ${i}`]),
      )
      const sent = await Promise.all(sends)
      assert.equal(await contracts.call(name, 'balanceOf', [address]), '140')
      for (const hash of [transaction, sent[19]?.transaction ?? '']) {
        const proven = await proofOf(holder, hash)
        assert.deepEqual([proven.transaction, proven.chain], [hash, gethChainId])
      }
      const spend = contracts.send(name, 'redeem', ['141', 'tea'])
      await assert.rejects(spend, { code: 'CALL_REVERTED', message: /ERC20InsufficientBalance/ })
    })
  })
})

/** One question that chains of others are asked. Geth takes some of the transactions. */
function isOffered(text: string): boolean {
  if (!text.startsWith('{')) return false
  try {
    const { method } = JSON.parse(text)
    return methodRule('external', method)?.function === 'call'
  } catch {
    return false
  }
}
