import assert from 'node:assert/strict'
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  type Algorithm,
  algorithmByName,
  algorithms,
  concat,
  createSigner,
  fromHex,
} from '@openbsn/sdk'
import { testPrng } from '../testing/seed.ts'
import { createNativeSigner, createVerifier, privateKeyOf, secretIn, sha256Into } from './native.ts'

const prng = testPrng()
const randomBytes = (length: number) => Uint8Array.from({ length }, () => prng.int(0, 255))
const orders: Record<string, bigint> = {
  ES256: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  ES256K: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
}

const curves = { 'P-256': 'ES256', secp256k1: 'ES256K', SM2: 'SM2' }

function algorithm(name: string): Algorithm {
  const found = algorithmByName(name)
  assert.ok(found, name)
  return found
}

/** The twin (r, n - s) of an ECDSA signature, which holds where it is not refused. */
function twinOf(signature: Uint8Array, order: bigint): Uint8Array {
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`)
  const twin = (order - s).toString(16).padStart(64, '0')
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(twin, 'hex')])
}

/** Bits flipped, halves swapped or emptied, numbers out of range, other lengths. */
function mutationsOf(signature: Uint8Array): Uint8Array[] {
  const flipped = Uint8Array.from(signature)
  const at = prng.int(0, signature.length - 1)
  flipped[at] = (flipped[at] ?? 0) ^ (1 << prng.int(0, 7))
  const [r, s] = [signature.subarray(0, 32), signature.subarray(32)]
  const [zero, most] = [new Uint8Array(32), new Uint8Array(32).fill(255)]
  const pairs = [
    [s, r],
    [zero, s],
    [r, zero],
    [most, s],
    [r, most],
    [zero, zero],
  ] as const
  return [flipped, ...pairs.map((pair) => Buffer.concat(pair)), randomBytes(64)]
}

describe('native signing and verifying', () => {
  for (const one of algorithms) {
    it(`agrees with the SDK's ${one.name} on signatures, broken and whole`, async () => {
      for (let round = 0; round < 12; round++) {
        const secret = one.generateSecret()
        const message = randomBytes(prng.int(0, 300))
        const native = createNativeSigner(one, secret)
        const raw = one.publicKeyOf(secret)
        assert.deepEqual(Buffer.from(native.key.raw), Buffer.from(raw))
        const verifies = createVerifier(one, raw)
        const whole = [await native.sign(message), await createSigner(one, secret).sign(message)]
        for (const signature of whole) {
          assert.ok(verifies(message, signature) && one.verify(raw, message, signature))
          for (const broken of mutationsOf(signature)) {
            const what = `seed ${prng.seed}: ${Buffer.from(broken).toString('hex')}`
            assert.equal(verifies(message, broken), one.verify(raw, message, broken), what)
          }
          assert.ok(!verifies(randomBytes(40), signature))
        }
      }
    })
  }

  it('takes high s of ES256, which browsers make, and refuses that of ES256K', async () => {
    for (const [name, order] of Object.entries(orders)) {
      const one = algorithm(name)
      const secret = one.generateSecret()
      const message = randomBytes(50)
      const low = await createSigner(one, secret).sign(message)
      const raw = one.publicKeyOf(secret)
      const holds = [low, twinOf(low, order)].map((each) => createVerifier(one, raw)(message, each))
      assert.deepEqual(holds, [true, name === 'ES256'], name)
    }
  })

  it('refuses a secret key of another length', () => {
    for (const one of algorithms) {
      for (const length of [0, 31, 33]) {
        assert.throws(() => createNativeSigner(one, new Uint8Array(length)), {
          code: 'KEY_INVALID',
        })
      }
    }
  })

  it('gives secrets of elliptic curves to OpenSSL, which has the same key of them', () => {
    for (const one of algorithms) {
      const secret = one.generateSecret()
      const key = privateKeyOf(one, secret)
      assert.equal(key === undefined, one.kty === 1, one.name)
      const spki = key && createPublicKey(key).export({ type: 'spki', format: 'der' })
      const expected = Buffer.from(concat(one.spkiPrefix, one.publicKeyOf(secret)))
      if (spki) assert.deepEqual(spki, expected, one.name)
      const pkcs8 = key?.export({ type: 'pkcs8', format: 'der' })
      if (pkcs8) assert.deepEqual(secretIn(new Uint8Array(pkcs8)), { algorithm: one, secret })
      const other = pkcs8?.with(-1, (pkcs8.at(-1) ?? 0) ^ 1)
      if (other) assert.throws(() => secretIn(other), { code: 'KEY_INVALID' })
    }
  })

  it('reads keys that OpenSSL made', () => {
    for (const [namedCurve, name] of Object.entries(curves)) {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
      const bytes = privateKey.export({ type: 'pkcs8', format: 'der' })
      const { algorithm: found, secret } = secretIn(new Uint8Array(bytes))
      assert.equal(found.name, name)
      const spki = publicKey.export({ type: 'spki', format: 'der' })
      assert.deepEqual(Buffer.from(concat(found.spkiPrefix, found.publicKeyOf(secret))), spki)
    }
  })

  it('hashes as SHA-256 does', () => {
    const out = new Uint8Array(32)
    for (const length of [0, 1, 55, 56, 64, 1000]) {
      const input = randomBytes(length)
      sha256Into(out, input)
      assert.deepEqual(Buffer.from(out), createHash('sha256').update(input).digest())
    }
  })
})

describe('Ed25519 in native code', () => {
  it('is strict: of the published odd cases only the third holds', () => {
    const file = join(import.meta.dirname, '../../test/vectors/ed25519-speccheck.json')
    const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Record<string, string>[] }
    const bytes = (text: string | undefined) => fromHex(text ?? '') ?? new Uint8Array()
    const held = cases.flatMap(({ message, publicKey, signature }, i) => {
      const verifies = createVerifier(algorithm('EdDSA'), bytes(publicKey))
      return verifies(bytes(message), bytes(signature)) ? [i] : []
    })
    assert.deepEqual(held, [3])
  })

  it('takes no key and no R of small order or in another encoding', async () => {
    const file = join(import.meta.dirname, '../../test/vectors/ed25519-encodings.json')
    const { smallOrder, notCanonical } = JSON.parse(readFileSync(file, 'utf8'))
    const one = algorithm('EdDSA')
    const signer = createNativeSigner(one, one.generateSecret())
    const message = randomBytes(40)
    const signature = await signer.sign(message)
    const s = signature.subarray(32)
    for (const text of [...smallOrder.keys, ...notCanonical.keys]) {
      const point = fromHex(text)
      assert.ok(point, text)
      assert.equal(one.isPublicKey(point), false, text)
      // With R = -hA a verifier that is not strict takes S = 0 for such a key.
      for (const end of [s, new Uint8Array(32)]) {
        const forged = Buffer.concat([point, end])
        assert.equal(createVerifier(one, point)(message, forged), false, text)
        assert.equal(createVerifier(one, signer.key.raw)(message, forged), false, text)
      }
      assert.equal(createVerifier(one, point)(message, signature), false, text)
    }
  })
})
