import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonValue } from '../../../kernel/json.ts'
import { knownMethods, methodRule } from './rpc-methods.ts'

describe('methodRule', () => {
  it('offers nothing that is for whoever owns the engine', () => {
    const owners = ['admin_nodeInfo', 'personal_sign', 'miner_start', 'debug_traceTransaction']
    owners.push('anvil_setBalance', 'anvil_reset', 'anvil_dumpState', 'hardhat_setCode')
    owners.push('evm_revert', 'evm_snapshot', 'txpool_content', 'trace_block', 'eth_sign')
    owners.push('toString', '__proto__', 'constructor', '')
    for (const method of owners) {
      assert.equal(methodRule('sandbox', method), undefined, method)
      assert.equal(methodRule('external', method), undefined, method)
      assert.ok(!knownMethods.has(method), method)
    }
  })

  it('leaves the accounts that everybody knows, and the time, to sandboxes', () => {
    for (const method of ['eth_accounts', 'eth_sendTransaction', 'evm_mine', 'evm_increaseTime']) {
      assert.equal(methodRule('external', method), undefined, method)
      assert.ok(methodRule('sandbox', method), method)
    }
    assert.equal(methodRule('external', 'eth_sendRawTransaction')?.function, 'send')
  })

  it('says what of parameters would cost the chain too much', () => {
    const wrong = (method: string, ...params: JsonValue[]) =>
      methodRule('sandbox', method)?.check?.(params, 1337) !== undefined
    for (const method of [
      ...['eth_call', 'eth_estimateGas', 'eth_createAccessList'],
      'eth_fillTransaction',
    ]) {
      assert.ok(wrong(method, { gas: '0xffffffffffffffff' }, 'latest'))
      assert.ok(!wrong(method, { gas: '0x1c9c380' }) && !wrong(method, {}) && !wrong(method))
    }
    assert.ok(wrong('eth_call', {}, 'latest', {}, { gasLimit: '0x3b9aca00000' }))
    const simulated = (...blocks: JsonValue[]) =>
      wrong('eth_simulateV1', { blockStateCalls: blocks }, 'latest')
    const calls = (count: number, call: JsonValue = {}) => Array.from({ length: count }, () => call)
    const gas = '0x1c9c380'
    assert.ok(simulated(...calls(33)) && !simulated(...calls(32)))
    assert.ok(simulated({ calls: calls(16) }, { calls: calls(17) }))
    assert.ok(!simulated({ calls: calls(16) }, { calls: calls(16) }))
    assert.ok(simulated({ calls: calls(2, { gas }) }, { calls: calls(2, { gas }) }))
    assert.ok(!simulated({ calls: calls(3, { gas }) }))
    assert.ok(simulated({ blockOverrides: { gasLimit: '0x2540be400' } }))
    assert.ok(!simulated(null, 3, { calls: {} }) && !wrong('eth_simulateV1', 'rubbish'))
    const slots = (count: number) => ({ '0x1': calls(count, '0x0'), '0x2': ['0x1'] })
    assert.ok(wrong('eth_getStorageValues', slots(1024)))
    assert.ok(!wrong('eth_getStorageValues', slots(1023)) && !wrong('eth_getStorageValues', null))
    for (const method of ['eth_getLogs', 'eth_newFilter']) {
      assert.ok(wrong(method, { fromBlock: '0x0', toBlock: '0xffffffffffffffff' }))
      assert.ok(wrong(method, { fromBlock: 'latest', toBlock: '0xffffff' }))
      assert.ok(wrong(method, { address: Array.from({ length: 1001 }, () => '0x1') }))
      assert.ok(!wrong(method, { fromBlock: '0x100000', toBlock: '0x100100' }))
      assert.ok(!wrong(method, { fromBlock: '0x0', toBlock: 'latest' }))
    }
    assert.ok(wrong('eth_feeHistory', '0xffff', 'latest') && !wrong('eth_feeHistory', 4, 'latest'))
    assert.ok(wrong('evm_mine', { blocks: 1_000_000 }) && !wrong('evm_mine'))
    assert.ok(wrong('evm_increaseTime', '0xffffffffffff') && wrong('evm_increaseTime'))
    assert.ok(!wrong('evm_increaseTime', 3600))
  })
})
