import assert from 'node:assert/strict'
import { createPublicKey, verify as nativeVerify } from 'node:crypto'
import { describe, it } from 'node:test'
import {
  type Algorithm,
  algorithmById,
  algorithmByName,
  algorithmOfCurve,
  algorithms,
} from './algorithms.ts'
import { concat, fromHex, toHex, utf8 } from './bytes.ts'

const secret = new Uint8Array(32).fill(7)
const message = utf8('two planes over one runway')

const orders: Record<string, bigint> = {
  ES256: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  ES256K: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
}

/** The other signature over the same message: (r, n - s). */
function twin({ name }: Algorithm, signature: Uint8Array): Uint8Array {
  const s = BigInt(`0x${toHex(signature.subarray(32))}`)
  const other = ((orders[name] ?? 0n) - s).toString(16).padStart(64, '0')
  return concat(signature.subarray(0, 32), fromHex(other) ?? assert.fail())
}

function named(name: string): Algorithm {
  return algorithmByName(name) ?? assert.fail(name)
}

describe('algorithms', () => {
  it('sign and verify, in 64 bytes, what node:crypto verifies too', () => {
    for (const algorithm of algorithms) {
      const raw = algorithm.publicKeyOf(secret)
      const signature = algorithm.sign(secret, message)
      assert.equal(signature.length, 64)
      assert.ok(algorithm.verify(raw, message, signature), algorithm.name)
      // It cannot be told a user id; test/sdk/sm2.test.ts asks OpenSSL's command.
      if (algorithm.name === 'SM2') continue
      const der = Buffer.from(concat(algorithm.spkiPrefix, raw))
      const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
      const digest = algorithm.kty === 1 ? null : 'sha256'
      const holds = nativeVerify(digest, message, { key, dsaEncoding: 'ieee-p1363' }, signature)
      assert.ok(holds, algorithm.name)
    }
  })

  it('make keys that they accept', () => {
    for (const algorithm of algorithms) {
      const one = algorithm.generateSecret()
      assert.equal(one.length, 32)
      assert.ok(algorithm.isPublicKey(algorithm.publicKeyOf(one)), algorithm.name)
      assert.notDeepEqual(one, algorithm.generateSecret())
    }
  })

  it('fail, and do not throw, for another key, message, length or for nonsense', () => {
    for (const algorithm of algorithms) {
      const raw = algorithm.publicKeyOf(secret)
      const other = algorithm.publicKeyOf(new Uint8Array(32).fill(8))
      const signature = algorithm.sign(secret, message)
      assert.ok(!algorithm.verify(other, message, signature))
      assert.ok(!algorithm.verify(raw, utf8('another'), signature))
      assert.ok(!algorithm.verify(raw, message, signature.subarray(1)))
      assert.ok(!algorithm.verify(raw, message, concat(signature, Uint8Array.of(0))))
      assert.ok(!algorithm.verify(raw.subarray(1), message, signature))
      for (const byte of [0, 255]) {
        assert.ok(!algorithm.verify(raw, message, new Uint8Array(64).fill(byte)))
        assert.ok(!algorithm.verify(new Uint8Array(raw.length).fill(byte), message, signature))
      }
    }
  })

  it('accept high s of ES256, which browsers make, and refuse it of ES256K', () => {
    for (const [name, accepted] of Object.entries({ ES256: true, ES256K: false })) {
      const algorithm = named(name)
      const raw = algorithm.publicKeyOf(secret)
      const high = twin(algorithm, algorithm.sign(secret, message))
      assert.equal(algorithm.verify(raw, message, high), accepted, name)
    }
  })

  it('take no point off the curve, compressed, hybrid or at infinity', () => {
    for (const algorithm of [named('ES256'), named('ES256K'), named('SM2')]) {
      const raw = algorithm.publicKeyOf(secret)
      const offCurve = raw.slice()
      offCurve[64] = (offCurve[64] ?? 0) ^ 1
      const compressed = concat(Uint8Array.of(2 + ((raw[64] ?? 0) & 1)), raw.subarray(1, 33))
      const hybrid = concat(Uint8Array.of(6 + ((raw[64] ?? 0) & 1)), raw.subarray(1))
      const aboveField = concat(Uint8Array.of(4), new Uint8Array(64).fill(255))
      const others = [offCurve, compressed, hybrid, aboveField, Uint8Array.of(0), raw.subarray(1)]
      for (const bad of others) assert.ok(!algorithm.isPublicKey(bad), toHex(bad))
      assert.ok(!named('EdDSA').isPublicKey(raw))
    }
  })

  it('are found by id, name and curve', () => {
    for (const algorithm of algorithms) {
      assert.equal(algorithmById(algorithm.id), algorithm)
      assert.equal(algorithmByName(algorithm.name), algorithm)
      assert.equal(algorithmOfCurve(algorithm.kty, algorithm.curve), algorithm)
    }
    assert.equal(algorithmById(-35), undefined)
    assert.equal(algorithmByName('ES384'), undefined)
    assert.equal(algorithmOfCurve(2, 6), undefined)
  })
})
