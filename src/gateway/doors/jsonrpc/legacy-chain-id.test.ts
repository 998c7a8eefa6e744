import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Hex, serializeTransaction } from 'viem'
import { testPrng } from '../../../testing/seed.ts'
import { legacyChainId } from './legacy-chain-id.ts'

const signature = { r: `0x${'11'.repeat(32)}`, s: `0x${'22'.repeat(32)}` } as const

const signed = (chainId: number, more: { data?: Hex; to?: Hex } = {}) =>
  serializeTransaction(
    { type: 'legacy', chainId, gas: 21_000n, gasPrice: 5n, nonce: 7, value: 10n ** 18n, ...more },
    { ...signature, v: BigInt(chainId) * 2n + 36n },
  )

describe('legacyChainId', () => {
  it('reads the chain of a legacy transaction, whatever its data', () => {
    for (const chainId of [1, 5, 1337, 1_999_999_999]) {
      for (const size of [0, 1, 40, 60, 300, 70_000]) {
        const data: Hex = `0x${'ab'.repeat(size)}`
        assert.equal(legacyChainId(signed(chainId, { data })), BigInt(chainId))
      }
      const to: Hex = `0x${'ee'.repeat(20)}`
      assert.equal(legacyChainId(signed(chainId, { to })), BigInt(chainId))
    }
  })

  it('says nothing of those for any chain, of other kinds, and of what is none', () => {
    const before = serializeTransaction({ type: 'legacy' }, { ...signature, v: 27n })
    const typed = serializeTransaction(
      { type: 'eip1559', chainId: 5, maxFeePerGas: 1n },
      { ...signature, yParity: 0 },
    )
    for (const raw of [
      before,
      typed,
      '0x',
      '0xc0',
      '0xff',
      '0xf86b01',
      '0xffffffffffffffff',
      'x',
    ]) {
      assert.equal(legacyChainId(raw), undefined, raw)
    }
    assert.equal(legacyChainId(`0x${'c0'.repeat(500_000)}`), undefined)
  })

  it('stands any bytes', () => {
    const prng = testPrng()
    const good = signed(1337, { data: '0x010203' })
    for (let i = 0; i < 2000; i++) {
      const at = 2 + prng.int(0, good.length - 3)
      const changed = good.slice(0, at) + prng.int(0, 15).toString(16) + good.slice(at + 1)
      const said = legacyChainId(changed.slice(0, prng.int(2, changed.length)))
      assert.ok(said === undefined || said >= 0n, `seed ${prng.seed}: ${changed}`)
    }
  })
})
