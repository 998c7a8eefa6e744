import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { p256 } from '@noble/curves/nist.js'
import { algorithmByName, createSigner, fromPem, type PublicKey } from '@openbsn/sdk'
import { algorithmTypes, macSigner, macVerifier } from './mac.ts'
import { requestTexts } from './mac-text.ts'

function keyOf(spki: string): PublicKey {
  const [key] = fromPem(`-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----\n`)
  return key ?? assert.fail()
}

const isMac = (mac: string, text: string, key: PublicKey) => macVerifier(key)(mac)(text)

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
  sm2: keyOf(
    'MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAEd5tquax7vyx5YLf+JZXtZgAuPAtS/OUgABPbPyXkMwUVpHIbw9qzNX+b' +
      '+7SmeW5EOzn8YV1cCzoPNXyNDa38eQ==',
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
const sm2Register = {
  text: 'USER0001appSMTFI001g95426327',
  mac:
    'MEYCIQC48L01eK1s+S/YekGiXfFtY01xcY9cXqny+o3eVsSNxgIhAM8L3Tm1SWmgjRGwqb6WsR3wU3St83vHntHETEvv' +
    '78t8',
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
  it('are checked, of P-256, secp256k1 and SM2, over the texts that are made here', () => {
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
    assert.ok(isMac(sm2Register.mac, sm2Register.text, vectors.sm2))
  })

  it('are of that text and that key alone', () => {
    for (const [{ mac, text }, key, other] of [
      [register, vectors.r1, vectors.k1],
      [k1Register, vectors.k1, vectors.sm2],
      [sm2Register, vectors.sm2, vectors.r1],
    ] as const) {
      assert.ok(!isMac(mac, `${text} `, key))
      assert.ok(!isMac(mac, text, other))
      const der = Buffer.from(mac, 'base64')
      const long = Buffer.concat([der, Buffer.of(0)]).toString('base64')
      for (const bad of ['', 'AAAA', 'no base64', mac.slice(4), mac.slice(0, -4), long]) {
        assert.ok(!isMac(bad, text, key), bad)
      }
    }
  })

  it('of one key tell texts apart, however many are tried', () => {
    const isOver = macVerifier(vectors.sm2)(sm2Register.mac)
    const texts = ['', sm2Register.text, sm2Register.text.slice(1), sm2Register.text]
    assert.deepEqual(texts.map(isOver), [false, true, false, true])
  })

  for (const name of Object.keys(algorithmTypes)) {
    it(`are made as they are taken, and with the lower s where there are two: ${name}`, () => {
      const { n } = p256.Point.CURVE()
      const algorithm = algorithmByName(name) ?? assert.fail()
      const secret = algorithm.generateSecret()
      const [macOf, { key }] = [macSigner({ algorithm, secret }), createSigner(algorithm, secret)]
      for (let i = 0; i < 20; i++) {
        const mac = macOf(`text ${i}`)
        assert.ok(isMac(mac, `text ${i}`, key), `${i}`)
        assert.ok(!isMac(mac, `text ${i + 1}`, key), `${i}`)
        if (name !== 'ES256') continue
        const { r, s } = p256.Signature.fromBytes(Buffer.from(mac, 'base64'), 'der')
        assert.ok(s <= n / 2n, `${i}: the lower s`)
        const high = new p256.Signature(r, n - s).toBytes('der')
        assert.ok(isMac(Buffer.from(high).toString('base64'), `text ${i}`, key), `${i}: high`)
      }
    })
  }
})
