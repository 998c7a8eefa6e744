import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { algorithms, decodeCoseKey, encodeCbor, encodeCoseKey, utf8 } from '@openbsn/sdk'
import { namedSigner } from '../../testing/named-signer.ts'
import { testPrng } from '../../testing/seed.ts'
import { kidOf, readKey } from './public-key.ts'

const message = utf8('signed')
const signers = algorithms.map(({ name }) => namedSigner(name, name))

/** Ed25519 keys that are no keys: small order, and y above the field's prime. */
const badEdKeys = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '0200000000000000000000000000000000000000000000000000000000000000',
]

/** An Ed25519 key as a COSE_Key, whether it is one or not. */
function coseKey(x: Buffer): Buffer {
  const members = new Map<number, number | Buffer>([
    [1, 1],
    [-1, 6],
    [-2, x],
  ])
  return Buffer.from(encodeCbor(members))
}

describe('keys of verification', () => {
  it('hold what was signed, and nothing that was changed', async () => {
    const prng = testPrng()
    for (const signer of signers) {
      const { algorithm } = signer.key
      const key = readKey(Buffer.from(encodeCoseKey(signer.key)))
      assert.equal(key.algorithm, algorithm.id)
      const signature = await signer.sign(message)
      assert.equal(key.holds(message, signature), true, algorithm.name)
      for (let round = 0; round < 40; round++) {
        const changed = Buffer.from(signature)
        const at = prng.int(0, 63)
        changed[at] = (changed[at] ?? 0) ^ (1 << prng.int(0, 7))
        const said = `${algorithm.name}, seed ${prng.seed}, round ${round}`
        assert.equal(key.holds(message, changed), false, said)
      }
    }
  })

  it('treat the twin of an ECDSA signature as the SDK does', async () => {
    const orders = new Map([
      ['ES256', 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n],
      ['ES256K', 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n],
    ])
    for (const signer of signers) {
      const { algorithm, raw } = signer.key
      if (!orders.has(algorithm.name)) continue
      const signature = Buffer.from(await signer.sign(message))
      const s = BigInt(`0x${signature.toString('hex', 32)}`)
      const twin = (orders.get(algorithm.name) ?? 0n) - s
      signature.set(Buffer.from(twin.toString(16).padStart(64, '0'), 'hex'), 32)
      const key = readKey(Buffer.from(encodeCoseKey(signer.key)))
      const holds = key.holds(message, signature)
      assert.equal(holds, algorithm.verify(raw, message, signature), algorithm.name)
      assert.equal(holds, algorithm.name === 'ES256')
    }
  })

  it('refuse what is no key, as the SDK does', () => {
    for (const hex of badEdKeys) {
      const bytes = coseKey(Buffer.from(hex, 'hex'))
      assert.throws(() => decodeCoseKey(bytes), { code: 'KEY_INVALID' }, hex)
      assert.throws(() => readKey(bytes), { code: 'KEY_INVALID' }, hex)
    }
    const prng = testPrng()
    let usable = 0
    for (let round = 0; round < 40; round++) {
      const bytes = coseKey(Buffer.from(Array.from({ length: 32 }, () => prng.int(0, 255))))
      const isKey = (read: () => unknown) => {
        try {
          read()
          return true
        } catch {
          return false
        }
      }
      const theirs = isKey(() => decodeCoseKey(bytes))
      assert.equal(
        isKey(() => readKey(bytes)),
        theirs,
        `seed ${prng.seed}, round ${round}`,
      )
      if (theirs) usable++
    }
    assert.ok(usable > 5 && usable < 35)
  })

  it('hold what libsodium holds of the published odd cases', () => {
    const file = join(import.meta.dirname, '../../../test/vectors/ed25519-speccheck.json')
    const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Record<string, string>[] }
    const held = cases.flatMap(({ message: signed, publicKey, signature }, i) => {
      const [text, raw, sig] = [signed, publicKey, signature].map((hex) =>
        Buffer.from(hex ?? '', 'hex'),
      )
      try {
        const key = readKey(coseKey(raw ?? Buffer.alloc(0)))
        return key.holds(text ?? Buffer.alloc(0), sig ?? Buffer.alloc(0)) ? [i] : []
      } catch {
        return []
      }
    })
    assert.deepEqual(held, [3])
  })

  it('have the thumbprint of RFC 9679 as their id', () => {
    for (const { key } of signers) assert.equal(kidOf(Buffer.from(encodeCoseKey(key))).length, 32)
  })
})
