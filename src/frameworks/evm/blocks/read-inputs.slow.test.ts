import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sha256 } from '@openbsn/sdk'
import { from, logsCall, sandboxes, signal } from '../../../testing/block-world.ts'
import { bytesOf, hexOf } from '../../blocks/hex.ts'
import type { Chain } from '../chain.ts'
import { readBlocks } from './read-blocks.ts'

/** What is asked of a chain, by method; `full` is a block with its transactions. */
function counted(chain: Chain) {
  const asked: string[] = []
  const send: Chain['send'] = (call) => {
    for (const { method, params } of [JSON.parse(String(call.body))].flat()) {
      asked.push(params[1] === true ? 'full' : method)
    }
    return chain.send(call)
  }
  return { send, counts: (name: string) => asked.filter((one) => one === name).length }
}

/** Burns so much gas and stops: JUMPDEST, GAS, the 32 bytes of calldata, LT, JUMPI to the start. */
const burning = '5b5a6000351060005700'
const burn = (gas: number) => ({
  gas: `0x${gas.toString(16)}`,
  data: `0x${'1000'.padStart(64, '0')}`,
})

describe('what transactions of a sandbox were called with', () => {
  it('is what its blocks say, by traces or by blocks, before and after it slept', async (t) => {
    const { chain, send, deploy, deployReverting, asks, height, receipt } = sandboxes(t)
    const [logs, reverting, burner] = [
      await deploy(),
      await deployReverting(),
      await deploy(burning),
    ]
    const receiver = '0x00000000000000000000000000000000000000aa'
    for (const call of [
      { to: logs, data: logsCall(1, 3) },
      { to: reverting, data: '0x1234' },
      { to: receiver, value: '0x1' },
      { data: '0xfe', gas: '0x20000' },
      { to: burner, ...burn(9_000_000) },
    ]) {
      await receipt(await send({ from, ...call }))
    }
    await asks('evm_mine')
    const last = await height()
    const wanted: string[] = []
    for (let at = 0; at <= last; at++) {
      const block = await asks('eth_getBlockByNumber', [`0x${at.toString(16)}`, true])
      const { transactions } = block as { transactions: { hash: string; input: string }[] }
      wanted.push(
        ...transactions.map(({ hash, input }) => `${hash} ${hexOf(sha256(bytesOf(input)))}`),
      )
    }
    const found = async () => {
      const { counts, send: ask } = counted(chain)
      const heights = { first: 0, last }
      const blocks = await readBlocks({ send: ask }, heights, { signal, onLeftOut: assert.fail })
      const read = (blocks ?? assert.fail('went back')).flatMap(({ transactions }) => transactions)
      assert.deepEqual(
        read.map(({ hash, input }) => `${hexOf(hash)} ${hexOf(input)}`),
        wanted,
      )
      return [counts('trace_block'), counts('full')]
    }
    assert.equal(wanted.length, 8)
    assert.deepEqual(await found(), [7, 1], 'the one that burns much is asked for as it is')
    await (chain as Chain & { sleep(): Promise<void> }).sleep()
    assert.deepEqual(await found(), [7, 1], 'a snapshot has the traces')
  })
})
