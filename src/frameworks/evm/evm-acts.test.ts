import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { createMemoryChain } from '../../testing/memory-chain.ts'
import type { Chain } from './chain.ts'
import { ContractRegistry, contractsTable } from './contract-registry.ts'
import { evmError } from './errors.ts'
import { EvmActs, type EvmActsDeps } from './evm-acts.ts'

const address = `0x${'aa'.repeat(20)}` as const

type Start = () => unknown

/** Acts of `coin`, where a contract `shop` is known, on a chain that says this of its code. */
function actsOn(kind: Chain['kind'], code: () => string, start: Start) {
  const database = new DatabaseSync(':memory:')
  database.exec(contractsTable)
  const contracts = new ContractRegistry(database)
  contracts.add('coin', { name: 'shop', address, abi: [] })
  const respond = () => JSON.stringify({ jsonrpc: '2.0', id: 0, result: code() })
  const chain = Object.assign(createMemoryChain(kind), { respond })
  // No block comes by itself.
  const waitFor = (_service: string, _hashes: unknown, within: AbortSignal) =>
    new Promise((_, reject) => {
      within.addEventListener('abort', () => reject(new Error('no block came')))
    })
  const parts = {
    ...{ contracts, chains: { of: () => chain }, screen: () => undefined },
    ...{ accounts: { of: () => ({ address }) }, senderOf: () => ({ start }) },
    index: { advance: async () => undefined, act: () => undefined, waitFor },
    rawActs: { hashOf: () => undefined },
    signers: { addressOf: () => undefined, keep: async () => undefined },
  }
  const acts = new EvmActs('ledger', parts as unknown as EvmActsDeps)
  const deploy = (name: string) => {
    const args = { name, abi: [], bytecode: '0x60' }
    return { service: 'coin', credential: 'c', function: 'deploy', args, id: new Uint8Array(1) }
  }
  return { acts, contracts, deploy }
}

/** Deploys another `shop` on a chain that says this of the first one's code. */
async function deployAgain(kind: Chain['kind'], code: () => string) {
  // What goes so far that it is sent comes to an end there.
  const start = () => Promise.reject(evmError('CALL_REVERTED', 'It was sent.'))
  const { acts, contracts, deploy } = actsOn(kind, code, start)
  const sent = acts.submit([deploy('shop')], new AbortController().signal)
  const told = await sent.then(
    ([outcome]) => outcome?.state === 'rejected' && outcome.code,
    ({ code, retryable }) => `${code} ${retryable}`,
  )
  return `${told}, the name ${contracts.find('coin', 'shop') ? 'stays' : 'is free'}`
}

describe('the name of a contract that is deployed', () => {
  it('is taken while its contract stands, whatever a slow chain of others says', async () => {
    const taken = 'CONTRACT_NAME_TAKEN, the name stays'
    assert.equal(await deployAgain('sandbox', () => '0x60'), taken)
    assert.equal(await deployAgain('external', () => '0x60'), taken)
    assert.equal(await deployAgain('external', () => '0x'), taken)
  })

  it('is free where a crash took that one away, and not where the chain is away', async () => {
    const isGone = await deployAgain('sandbox', () => '0x')
    assert.equal(isGone, 'CALL_REVERTED, the name is free')
    for (const code of ['CHAIN_UNAVAILABLE', 'CHAIN_TIMEOUT'] as const) {
      const isAway = await deployAgain('sandbox', () => {
        throw evmError(code, 'It is away.')
      })
      assert.equal(isAway, 'CALL_NOT_SENT true, the name stays', code)
    }
  })
})

describe('a call that is under way', () => {
  it('is pending, and has its hash once it is signed', async () => {
    const hashes: string[] = []
    const never = new Promise<never>(() => {})
    const start = () => ({ hashes: () => hashes, dropped: never, handedOver: never })
    const { acts, deploy } = actsOn('sandbox', () => '0x60', start)
    const call = deploy('other')
    const sent = acts.submit([call], new AbortController().signal)
    while ((await acts.status(call)).state !== 'pending') await new Promise(setImmediate)
    assert.deepEqual(await acts.status(call), { state: 'pending' })
    hashes.push('0xab')
    await new Promise(setImmediate)
    assert.deepEqual(await acts.status(call), { state: 'pending', transaction: '0xab' })
    acts.close()
    await assert.rejects(sent, { code: 'CALL_FATE_UNKNOWN' })
  })
})
