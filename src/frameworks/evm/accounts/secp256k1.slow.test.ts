import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { getAddress, recoverAddress } from 'viem'
import { privateKeyToAccount, sign } from 'viem/accounts'
import type { Prng } from '../../../testing/prng.ts'
import { testPrng } from '../../../testing/seed.ts'
import type { Curve } from './curve.ts'
import { keccak256 } from './keccak.ts'
import { nativeCurve } from './native-curve.ts'
import { portableCurve } from './portable-curve.ts'
import { addressOf, checksummed, secp256k1, signerOf } from './secp256k1.ts'

const order = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'
const bytes = (prng: Prng, length: number) =>
  Buffer.from(Array.from({ length }, () => prng.int(0, 255)))
const hex = (content: Uint8Array) => `0x${Buffer.from(content).toString('hex')}` as const

const curves: [string, Curve][] = [
  ['in JavaScript', portableCurve],
  ['as it is chosen', secp256k1],
]
const native = nativeCurve()
if (native) curves.push(['in native code', native])

for (const [how, curve] of curves) {
  describe(`secp256k1 ${how}`, () => {
    it('signs as viem does, and recovers the signer', async () => {
      const prng = testPrng()
      for (let round = 0; round < 20; round++) {
        const said = `seed ${prng.seed}, round ${round}`
        const [secret, digest] = [bytes(prng, 32), bytes(prng, 32)]
        const { address } = privateKeyToAccount(hex(secret))
        assert.equal(addressOf(curve.publicKey(secret)), address, said)
        const theirs = await sign({ hash: hex(digest), privateKey: hex(secret) })
        const { rs, parity } = curve.sign(digest, secret)
        assert.equal(`${hex(rs.subarray(0, 32))}`, theirs.r, said)
        assert.equal(`${hex(rs.subarray(32))}`, theirs.s, said)
        assert.equal(parity, theirs.yParity, said)
        const key = curve.recover(digest, { rs, parity }) ?? assert.fail(said)
        assert.equal(addressOf(key), address, said)
      }
    })

    it('recovers nothing where no key signed, and somebody else from another digest', async () => {
      const prng = testPrng()
      const [secret, digest, other] = [bytes(prng, 32), bytes(prng, 32), bytes(prng, 32)]
      const { rs, parity } = curve.sign(digest, secret)
      const whose = curve.recover(other, { rs, parity }) ?? assert.fail()
      const signature = { r: hex(rs.subarray(0, 32)), s: hex(rs.subarray(32)), yParity: parity }
      assert.equal(addressOf(whose), await recoverAddress({ hash: hex(other), signature }))
      for (const bad of [Buffer.alloc(64), Buffer.from(order.repeat(2), 'hex')]) {
        assert.equal(curve.recover(digest, { rs: bad, parity }), undefined)
      }
    })

    it('knows what is a secret', () => {
      const last = Buffer.from(order, 'hex')
      last[31] = (last[31] ?? 0) - 1
      assert.deepEqual(
        [Buffer.alloc(32), Buffer.from(order, 'hex'), last].map((one) => curve.isSecret(one)),
        [false, false, true],
      )
    })
  })
}

describe('signerOf', () => {
  it('refuses the twin of a signature', () => {
    const prng = testPrng()
    const [secret, digest] = [bytes(prng, 32), bytes(prng, 32)]
    const { rs, parity } = secp256k1.sign(digest, secret)
    assert.equal(signerOf(digest, { rs, parity }), addressOf(secp256k1.publicKey(secret)))
    const high = BigInt(`0x${order}`) - BigInt(hex(rs.subarray(32)))
    const twin = Buffer.concat([rs.subarray(0, 32), Buffer.from(high.toString(16), 'hex')])
    assert.equal(signerOf(digest, { rs: twin, parity: parity === 0 ? 1 : 0 }), undefined)
  })
})

describe('addresses', () => {
  it('have their checksum', () => {
    const prng = testPrng()
    for (let round = 0; round < 50; round++) {
      const digits = bytes(prng, 20).toString('hex')
      assert.equal(checksummed(digits), getAddress(`0x${digits}`), `seed ${prng.seed}`)
    }
  })

  it('hash as Ethereum does', () => {
    const empty = 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'
    assert.equal(keccak256(new Uint8Array()).toString('hex'), empty)
  })
})
