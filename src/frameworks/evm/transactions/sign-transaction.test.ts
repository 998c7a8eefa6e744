import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keccak256 } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { randomHex, randomTransaction } from '../../../testing/evm-transactions.ts'
import { testPrng } from '../../../testing/seed.ts'
import { signTransaction } from './sign-transaction.ts'

describe('signTransaction', () => {
  it('makes the bytes that viem makes', async () => {
    const prng = testPrng()
    for (let round = 0; round < 40; round++) {
      const secret = randomHex(prng, 32)
      const transaction = randomTransaction(prng)
      const { raw, hash } = signTransaction(transaction, Buffer.from(secret.slice(2), 'hex'))
      const theirs = await privateKeyToAccount(secret).signTransaction({
        ...transaction,
        type: 'eip1559',
      })
      const said = `seed ${prng.seed}, round ${round}`
      assert.equal(raw, theirs, said)
      assert.equal(hash, keccak256(theirs), said)
    }
  })
})
