import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, it } from 'node:test'
import { p256 } from '@noble/curves/nist.js'
import { isMac, macOf } from './mac.ts'
import { requestTexts } from './mac-text.ts'

const keyOf = (spki: string): KeyObject =>
  createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' })

/** Made by clients that there are, with keys that were thrown away. */
const vectors = {
  r1: keyOf(
    'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEpKhQRAZRuZGpDom3jNvI9gta/vXpAzPvXLdWX58CxldO6tR8OVB2V1Hg' +
      '7Bm5j7haF9DV17zuZKuoGgXl7t3xHA==',
  ),
  k1: keyOf(
    'MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAE2Xkv/rH81qiH3hSG1711kBtj/kShm2rXRvaBFkLeSuQHETeQdHYQUOaWEVI1' +
      'aGSGbs8WACb2Bp/1rF9BBni8pg==',
  ),
}

const r1Named = { userCode: 'USER0001', appCode: 'appR1T0001' }
const register = {
  text: 'USER0001appR1T0001u95426165123456',
  mac:
    'MEQCIHtJosR6xHFcky3cMU0Tp1G471U5kTVg2HFLP+28sWUQAiBlUQtv/1l6bru+mMWIqglVeoaZ2PxvXuzON6INe65S' +
    'rQ==',
}
const k1Register = {
  text: 'USER0001appK1TFI001g95426326',
  mac:
    'MEQCIAJ300pOLyEqvuFB6m7F0T0u3VXRwMTqSUfc/G6JfQeKAiB5xZgydszffsgIcZBwaaylMxBTrFcOfl9kBCs6O0Uh' +
    'eQ==',
}
/** As the official client in Python sent it. */
const call = {
  body: {
    userName: 'u95426165',
    nonce: 'mug9m9csz8/N2NPU+Kr3rFWNrTwmryv8',
    chainCode: 'cc_appR1T0001_01',
    funcName: 'set',
    args: ['{"baseKey": "k1795426165t", "baseValue": "this is string "}'],
    transientData: { a: '1', b: '2' },
  },
  text:
    'USER0001appR1T0001u95426165mug9m9csz8/N2NPU+Kr3rFWNrTwmryv8cc_appR1T0001_01set' +
    '{"baseKey": "k1795426165t", "baseValue": "this is string "}a1b2',
  mac:
    'MEQCIHNvz7yrDCwoNMjnglvXHhKWWGuIZHOFQ9cGfnj1AqgyAiAgUo4xmNsGOCG+5Wqn2FrmD2FUG52Qrlbwbg9xfhRP' +
    'UA==',
}
const callFields = ['userName', 'nonce', 'chainCode', 'funcName', 'args', 'transientData']

describe('macs of clients that there are', () => {
  it('are checked, of P-256 and of secp256k1, over the texts that are made here', () => {
    const of = (fields: readonly string[], body: object) => [
      ...requestTexts(r1Named, { fields, body: { ...body } }, { allOrdersMax: 4 }),
    ]
    assert.deepEqual(
      of(['name', 'secret', 'extendProperties'], { name: 'u95426165', secret: '123456' }),
      [register.text],
    )
    assert.equal(of(callFields, call.body)[0], call.text)
    assert.ok(isMac(register.mac, register.text, vectors.r1))
    assert.ok(isMac(call.mac, call.text, vectors.r1))
    assert.ok(isMac(k1Register.mac, k1Register.text, vectors.k1))
  })

  it('are of that text and that key alone', () => {
    assert.ok(!isMac(register.mac, `${register.text} `, vectors.r1))
    assert.ok(!isMac(register.mac, register.text, vectors.k1))
    for (const mac of ['', 'AAAA', 'no base64', register.mac.slice(4)]) {
      assert.ok(!isMac(mac, register.text, vectors.r1), mac)
    }
  })

  it('are taken with either s, and made with the lower one', () => {
    const { n } = p256.Point.CURVE()
    for (const namedCurve of ['P-256', 'secp256k1']) {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
      for (let i = 0; i < 20; i++) {
        const mac = macOf(`text ${i}`, privateKey)
        assert.ok(isMac(mac, `text ${i}`, publicKey), `${namedCurve}, ${i}`)
        if (namedCurve !== 'P-256') continue
        const { r, s } = p256.Signature.fromBytes(Buffer.from(mac, 'base64'), 'der')
        assert.ok(s <= n / 2n, `${i}: the lower s`)
        const high = new p256.Signature(r, n - s).toBytes('der')
        assert.ok(isMac(Buffer.from(high).toString('base64'), `text ${i}`, publicKey), `${i}: high`)
      }
    }
  })
})
