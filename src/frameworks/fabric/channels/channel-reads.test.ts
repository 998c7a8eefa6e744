import assert from 'node:assert/strict'
import { it } from 'node:test'
import { GatewayError } from '@hyperledger/fabric-gateway'
import { common } from '@hyperledger/fabric-protos'
import type { HostedChannel } from '../hosted-channel.ts'
import { readBlockOf, readChainInfo } from './channel-reads.ts'

type Asked = { readonly name: string; readonly args: readonly (string | Uint8Array)[] }

/** A channel whose peer answers so, and says what it was asked. */
function channelOf(evaluate: () => Promise<Uint8Array>) {
  const asked: Asked[] = []
  const newProposal = (name: string, how: { arguments: Asked['args'] }) => {
    asked.push({ name, args: how.arguments })
    return { evaluate }
  }
  const network = () => ({ getContract: () => ({ newProposal }) })
  const hosted = { name: 'c', client: { network } } as unknown as HostedChannel
  return { hosted, asked }
}

it('a block is asked for by a transaction in it, its hash or its number', async () => {
  const header = new common.BlockHeader()
  header.setNumber(7)
  const block = new common.Block()
  block.setHeader(header)
  const { hosted, asked } = channelOf(async () => block.serializeBinary())
  for (const wanted of [{ transaction: 'ab' }, { hash: Buffer.of(1) }, { number: 7 }]) {
    assert.equal((await readBlockOf(hosted, wanted)).getHeader()?.getNumber(), 7)
  }
  assert.deepEqual(asked, [
    { name: 'GetBlockByTxID', args: ['c', 'ab'] },
    { name: 'GetBlockByHash', args: ['c', Buffer.of(1)] },
    { name: 'GetBlockByNumber', args: ['c', '7'] },
  ])
})

it('what there is not is told apart from a peer that is not there', async () => {
  const failing = (code: number, message: string) => {
    const cause = new Error(message) as GatewayError['cause']
    const details = [{ address: 'peer:1', mspId: 'aMSP', message }]
    return channelOf(() => Promise.reject(new GatewayError({ code, details, cause, message })))
  }
  const missing = failing(2, 'chaincode response 500, no such transaction ID [ab] in index')
  await assert.rejects(readBlockOf(missing.hosted, { transaction: 'ab' }), {
    code: 'TRANSACTION_UNKNOWN',
    message: /no such transaction ID/,
  })
  const away = failing(14, 'no connection established')
  await assert.rejects(readChainInfo(away.hosted), { code: 'CALL_NOT_SENT' })
})
