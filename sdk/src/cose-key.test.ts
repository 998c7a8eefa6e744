import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { describe, it } from 'node:test'
import { algorithmByName, algorithms } from './algorithms.ts'
import { fromHex, toHex } from './bytes.ts'
import { type CborMap, type CborValue, encodeCbor } from './cbor.ts'
import { decodeCbor } from './cbor-reader.ts'
import { decodeCoseKey, encodeCoseKey, fromPem, publicKey, thumbprint, toPem } from './cose-key.ts'

const keys = algorithms.map((algorithm) =>
  publicKey(algorithm, algorithm.publicKeyOf(new Uint8Array(32).fill(7))),
)
const invalid = { code: 'KEY_INVALID' }

/** The COSE_Key of the algorithm with some members replaced, or removed by undefined. */
function changed(name: string, members: Record<number, CborValue | undefined>): Uint8Array {
  const key = keys.find(({ algorithm }) => algorithm.name === name) ?? assert.fail(name)
  const map = decodeCbor(encodeCoseKey(key)) as CborMap
  for (const [label, value] of Object.entries(members)) {
    if (value === undefined) map.delete(Number(label))
    else map.set(Number(label), value)
  }
  return encodeCbor(map)
}

describe('COSE_Key', () => {
  it('reads what it writes, for every algorithm', () => {
    for (const key of keys) assert.deepEqual(decodeCoseKey(encodeCoseKey(key)), key)
  })

  it('refuses every other form of a key', () => {
    const es256 = decodeCbor(changed('ES256', {})) as CborMap
    const [x, y] = [es256.get(-2) as Uint8Array, es256.get(-3) as Uint8Array]
    const shifted = { [-2]: Uint8Array.of(...x, y[0] ?? 0), [-3]: y.slice(1) }
    const refused = [
      changed('EdDSA', { [-2]: new Uint8Array(32) }),
      changed('EdDSA', { [-2]: new Uint8Array(31).fill(9) }),
      changed('EdDSA', { [-2]: undefined }),
      changed('EdDSA', { [-2]: 'x' }),
      changed('EdDSA', { [-3]: new Uint8Array(32) }),
      changed('EdDSA', { [-4]: new Uint8Array(32) }),
      changed('EdDSA', { 2: Uint8Array.of(1) }),
      changed('EdDSA', { 3: -8 }),
      changed('EdDSA', { 1: 2 }),
      changed('EdDSA', { 1: undefined }),
      changed('EdDSA', { [-1]: 7 }),
      changed('ES256', shifted),
      changed('ES256', { [-3]: undefined }),
      changed('ES256', { [-3]: true }),
      changed('ES256', { [-3]: x }),
      changed('ES256', { [-1]: 8 }),
      changed('ES256', { [-1]: 2 }),
      changed('ES256K', { [-1]: 1 }),
      encodeCbor([1, 2]),
    ]
    for (const bytes of refused) assert.throws(() => decodeCoseKey(bytes), invalid, toHex(bytes))
    assert.throws(() => decodeCoseKey(Uint8Array.of(0xa3)), { code: 'CBOR_MALFORMED' })
  })

  it('has the thumbprint of RFC 9679, section 6', () => {
    const coseKey =
      'a40102200121582065eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d' +
      '2258201e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c'
    const expected = '496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec'
    const key = decodeCoseKey(fromHex(coseKey) ?? assert.fail())
    assert.equal(toHex(thumbprint(key)), expected)
    assert.equal(toHex(encodeCoseKey(key)), coseKey)
  })

  it('keeps its own copy of the bytes', () => {
    const algorithm = algorithmByName('EdDSA') ?? assert.fail()
    const raw = algorithm.publicKeyOf(new Uint8Array(32).fill(7))
    const key = publicKey(algorithm, raw)
    raw.fill(0)
    assert.ok(algorithm.isPublicKey(key.raw))
    assert.throws(() => publicKey(algorithm, raw), invalid)
  })
})

describe('PEM', () => {
  it('reads what it writes, alone and among others, and so does node:crypto', () => {
    for (const key of keys) {
      assert.deepEqual(fromPem(toPem(key)), [key])
      assert.doesNotThrow(() => createPublicKey(toPem(key)))
    }
    const all = `Validators\n${keys.map(toPem).join('in between\n')}\nend`
    assert.deepEqual(fromPem(all.replaceAll('\n', '\r\n')), keys)
  })

  it('refuses the whole text where one block is unusable', () => {
    const good = keys.map(toPem).join('')
    const p384 = 'MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE' // Only as far as needed to see the curve.
    const block = (body: string) =>
      `-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----\n`
    const body = (pem: string) => pem.split('\n').slice(1, -2).join('\n')
    const ed25519 = body(toPem(keys[0] ?? assert.fail()))
    const bad = [
      '',
      'no key',
      block(p384),
      block('!!!!'),
      block('A'),
      block(''),
      block(ed25519.slice(4)),
      block(`${ed25519.slice(0, -4)}`),
      block(`Proc-Type: 4,ENCRYPTED\n\n${ed25519}`),
      good.replace('-----END PUBLIC KEY-----', ''),
      `${good}-----BEGIN PUBLIC KEY-----\n`,
      toPem(keys[0] ?? assert.fail()).replaceAll('PUBLIC', 'PRIVATE'),
      block('A'.repeat(2000)),
    ]
    for (const text of bad) assert.throws(() => fromPem(text), invalid, text)
    for (const text of bad.slice(2, 9)) assert.throws(() => fromPem(good + text), invalid, text)
  })

  it('takes no time over a long text without an end', () => {
    const text = '-----BEGIN PUBLIC KEY-----\n'.repeat(50_000)
    assert.throws(() => fromPem(text), invalid)
  })
})
