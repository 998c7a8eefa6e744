import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { concat, fromHex, toHex, utf8 } from './bytes.ts'
import { isSm2PublicKey, signSm2, sm2PublicKeyOf, sm2Verifier } from './sm2.ts'

const hex = (text: string) => fromHex(text) ?? assert.fail(text)
const orderHex = 'fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123'
const order = BigInt(`0x${orderHex}`)
const bytesOf = (value: bigint) => hex(value.toString(16).padStart(64, '0'))

/** GB/T 32918.5-2017, appendix A.2. */
const example = {
  secret: hex('3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8'),
  raw: hex(
    '0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020' +
      'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13',
  ),
  message: utf8('message digest'),
  signature: hex(
    'f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3' +
      'b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa',
  ),
}

describe('SM2', () => {
  it('is that of the standard', () => {
    const { secret, raw, message, signature } = example
    assert.deepEqual(sm2PublicKeyOf(secret), raw)
    assert.ok(sm2Verifier(raw, signature)(message))
  })

  it('tells of many messages which one a signature is over', () => {
    const raw = sm2PublicKeyOf(example.secret)
    const isOver = sm2Verifier(raw, signSm2(example.secret, utf8('the third')))
    const texts = ['the first', 'the second', 'the third', 'the third '].map(utf8)
    assert.deepEqual(texts.map(isOver), [false, false, true, false])
  })

  it('signs the same each time, and another nonce each message', () => {
    const { secret, message } = example
    assert.deepEqual(signSm2(secret, message), signSm2(secret, message))
    const rOf = (text: string) => toHex(signSm2(secret, utf8(text)).subarray(0, 32))
    assert.equal(new Set(['a', 'b', 'c', 'd'].map(rOf)).size, 4)
  })

  it('takes numbers from 1 to n - 1 alone, and neither twin nor other forms', () => {
    const { raw, message, signature } = example
    const [r, s] = [signature.slice(0, 32), signature.slice(32)]
    const [rNumber, sNumber] = [r, s].map((part) => BigInt(`0x${toHex(part)}`))
    assert.ok(rNumber && sNumber)
    const zero = new Uint8Array(32)
    const bad: [string, Uint8Array][] = [
      ['r = 0', concat(zero, s)],
      ['s = 0', concat(r, zero)],
      ['r = n', concat(hex(orderHex), s)],
      ['s = n', concat(r, hex(orderHex))],
      ['r + n', concat(bytesOf((rNumber + order) % 2n ** 256n), s)],
      ['r + s = n', concat(r, bytesOf(order - rNumber))],
      ['the other s', concat(r, bytesOf(order - sNumber))],
      ['swapped', concat(s, r)],
      ['too short', signature.slice(1)],
      ['too long', concat(signature, zero)],
      ['empty', new Uint8Array()],
    ]
    for (const [what, one] of bad) assert.ok(!sm2Verifier(raw, one)(message), what)
  })

  it('has keys that are points of its curve, and secrets below n - 1', () => {
    const { raw, signature, message } = example
    const off = raw.with(64, (raw[64] ?? 0) ^ 1)
    const compressed = concat(Uint8Array.of(2 + ((raw[64] ?? 0) & 1)), raw.subarray(1, 33))
    for (const bad of [off, compressed, raw.subarray(1), Uint8Array.of(0), new Uint8Array(65)]) {
      assert.ok(!isSm2PublicKey(bad))
      assert.ok(!sm2Verifier(bad, signature)(message))
    }
    const least = sm2PublicKeyOf(bytesOf(order - 2n))
    assert.ok(isSm2PublicKey(least))
    for (const bad of [0n, order - 1n, order, order + 1n]) {
      assert.throws(() => sm2PublicKeyOf(bytesOf(bad)), `${bad}`)
    }
  })
})
