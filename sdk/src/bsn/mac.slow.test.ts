import assert from 'node:assert/strict'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { describe, it } from 'node:test'
import { pemOf, publicKeyOfPem, signerOfPem } from '../fabric/pem.ts'
import { isMac, macOf, macText, mapText } from './mac.ts'

const spki = (base64: string) =>
  publicKeyOfPem(pemOf('PUBLIC KEY', Uint8Array.from(Buffer.from(base64, 'base64'))))

/** Of the protocol's reference: made by OpenSSL. */
const vectors = [
  {
    key:
      'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEpKhQRAZRuZGpDom3jNvI9gta/vXpAzPvXLdWX58CxldO6tR8OVB2' +
      'V1Hg7Bm5j7haF9DV17zuZKuoGgXl7t3xHA==',
    text: 'USER0001appR1T0001u95426165123456',
    mac:
      'MEQCIHtJosR6xHFcky3cMU0Tp1G471U5kTVg2HFLP+28sWUQAiBlUQtv/1l6bru+mMWIqglVeoaZ2PxvXuzON6IN' +
      'e65SrQ==',
  },
  {
    key:
      'MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAE2Xkv/rH81qiH3hSG1711kBtj/kShm2rXRvaBFkLeSuQHETeQdHYQUOaW' +
      'EVI1aGSGbs8WACb2Bp/1rF9BBni8pg==',
    text: 'USER0001appK1TFI001g95426326',
    mac:
      'MEQCIAJ300pOLyEqvuFB6m7F0T0u3VXRwMTqSUfc/G6JfQeKAiB5xZgydszffsgIcZBwaaylMxBTrFcOfl9kBCs6' +
      'O0UheQ==',
  },
  {
    key:
      'MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAEd5tquax7vyx5YLf+JZXtZgAuPAtS/OUgABPbPyXkMwUVpHIbw9qz' +
      'NX+b+7SmeW5EOzn8YV1cCzoPNXyNDa38eQ==',
    text: 'USER0001appSMTFI001g95426327',
    mac:
      'MEYCIQC48L01eK1s+S/YekGiXfFtY01xcY9cXqny+o3eVsSNxgIhAM8L3Tm1SWmgjRGwqb6WsR3wU3St83vHntHE' +
      'TEvv78t8',
  },
] as const

describe('macs of BSN', () => {
  it('are those of the reference, and of no other text', () => {
    for (const { key, text, mac } of vectors) {
      assert.ok(isMac(mac, text, spki(key)), text)
      assert.equal(isMac(mac, `${text} `, spki(key)), false)
      assert.equal(isMac(mac.replace(/^ME../, 'MEQD'), text, spki(key)), false)
    }
    for (const wrong of ['', '!', 'MEQC', undefined, null, 5]) {
      assert.equal(isMac(wrong, 'text', spki(vectors[0].key)), false)
    }
  })

  it('are over values without anything between them', () => {
    const body = { userName: 'u', args: ['{"a":1}', 'b'], none: null, count: 12, is: true }
    assert.equal(macText(body), 'u{"a":1}b12true')
    assert.equal(
      macText([
        { txId: 'a', status: 0 },
        { txId: 'b', status: 11 },
      ]),
      'a0b11',
    )
    assert.equal(mapText({ a: '1', b: '2' }), 'a1b2')
  })

  for (const namedCurve of ['prime256v1', 'secp256k1']) {
    it(`are understood by OpenSSL, and the other way round: ${namedCurve}`, async () => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
      for (let i = 0; i < 64; i++) {
        const text = `text ${i}`
        const mac = await macOf(text, signerOfPem(pem))
        assert.ok(verify('sha256', Buffer.from(text), publicKey, Buffer.from(mac, 'base64')))
        const key = publicKeyOfPem(publicKey.export({ type: 'spki', format: 'pem' }).toString())
        assert.ok(isMac(mac, text, key))
        if (namedCurve === 'secp256k1') continue
        // Of K1 only the lower s is taken, which OpenSSL does not choose.
        const other = sign('sha256', Buffer.from(text), privateKey).toString('base64')
        assert.ok(isMac(other, text, key), other)
      }
    })
  }

  it('of SM2 are made with a key as OpenSSL writes it, and understood', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'SM2' })
    const signer = signerOfPem(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
    const key = publicKeyOfPem(publicKey.export({ type: 'spki', format: 'pem' }).toString())
    assert.deepEqual(signer.key, key)
    for (let i = 0; i < 8; i++) {
      const mac = await macOf(`text ${i}`, signer)
      assert.ok(isMac(mac, `text ${i}`, key))
      assert.ok(!isMac(mac, `text ${i + 1}`, key))
    }
  })

  it('are not made with what is no key of these kinds', () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const { privateKey: ec } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const sec1 = ec.export({ type: 'sec1', format: 'pem' }).toString()
    const half = ec.export({ type: 'pkcs8', format: 'der' }).subarray(0, 60)
    for (const wrong of ['', pem, sec1, pemOf('PRIVATE KEY', half)]) {
      assert.throws(() => signerOfPem(wrong), { code: 'KEY_INVALID' })
    }
    assert.throws(() => publicKeyOfPem(''), { code: 'KEY_INVALID' })
    const broken = pemOf('CERTIFICATE', Uint8Array.of(0x30, 3, 0x30, 1, 0))
    assert.throws(() => publicKeyOfPem(broken), { code: 'KEY_INVALID' })
  })
})
