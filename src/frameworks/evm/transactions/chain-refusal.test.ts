import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chainRefusal, refusalError } from './chain-refusal.ts'

const words: Record<string, readonly string[]> = {
  known: ['transaction already imported', 'already known', 'AlreadyKnown', 'Known transaction'],
  nonce: ['nonce too low', 'nonce too low: next nonce 5, tx nonce 3', 'OldNonce'],
  gap: ['nonce too high', 'Transaction nonce is too distant from current sender nonce'],
  conflict: ['replacement transaction underpriced', 'ReplacementNotAllowed'],
  funds: [
    'Insufficient funds for gas * price + value',
    'insufficient funds for gas * price + value: balance 0, tx cost 5, overshot 5',
    'InsufficientFunds, Account balance: 0',
    'Upfront cost exceeds account balance',
  ],
  gas: [
    'intrinsic gas too low',
    'intrinsic gas too high -- tx.gas_limit > block.gas_limit',
    'exceeds block gas limit',
    'Out of gas: gas required exceeds allowance: 21500',
    'gas required exceeds allowance (21500)',
  ],
  initCode: ['max initcode size exceeded: code size 50000, limit 49152'],
  fee: [
    'max fee per gas less than block base fee',
    'transaction underpriced: tip needed 1, tip permitted 0',
    'max fee per gas less than block base fee: address 0x, maxFeePerGas: 1, baseFee: 7',
    'FeeTooLow',
  ],
  reverted: ['EVM error InvalidFEOpcode', 'invalid opcode: INVALID', 'stack underflow (0 <=> 1)'],
  other: ['txpool is full', 'invalid sender'],
}

describe('what chains say of transactions', () => {
  it('is known by the words of each', () => {
    for (const [kind, list] of Object.entries(words)) {
      for (const message of list) {
        assert.equal(chainRefusal({ code: -32000, message }).kind, kind, message)
      }
    }
  })

  it('is a revert by its code, whatever a contract says of funds and nonces', () => {
    const message = 'execution reverted: insufficient funds, nonce too low'
    const refusal = chainRefusal({ code: 3, message, data: '0x08c379a0' })
    assert.equal(refusal.kind, 'reverted')
    const { code, details } = refusalError(refusal)
    assert.deepEqual([code, details], ['CALL_REVERTED', { data: '0x08c379a0' }])
    assert.equal(chainRefusal({ code: -32000, message }).kind, 'reverted')
  })

  it('becomes a code of ours, with the words of the chain', () => {
    const codes = Object.values(words).map(([message = '']) => {
      const error = refusalError(chainRefusal({ code: -32000, message }))
      assert.ok(error.message.includes(message))
      return error.code
    })
    assert.deepEqual(codes, [
      ...['NONCE_USED', 'NONCE_USED', 'NONCE_USED', 'NONCE_USED', 'INSUFFICIENT_FUNDS'],
      ...['GAS_LIMIT_EXCEEDED', 'INIT_CODE_TOO_LARGE', 'FEE_TOO_LOW', 'CALL_REVERTED'],
      'CHAIN_REFUSED',
    ])
  })
})
