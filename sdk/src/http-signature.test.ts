import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { algorithmByName, algorithms } from './algorithms.ts'
import { fromBase64url } from './base64url.ts'
import { concat, utf8 } from './bytes.ts'
import { publicKey } from './cose-key.ts'
import {
  contentDigest,
  httpAlgorithmName,
  type SignedComponent,
  signatureBase,
  signRequest,
} from './http-signature.ts'
import { createSigner } from './signer.ts'

const bytes = (text: string) => fromBase64url(text) ?? new Uint8Array()
const bytesOfBase64 = (text: string) =>
  Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
const algorithm = (name: string) => {
  const found = algorithmByName(name)
  assert.ok(found)
  return found
}

/** RFC 9421, appendix B.1.4: test-key-ed25519. */
const rfcSigner = createSigner(
  algorithm('EdDSA'),
  bytes('n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU'),
)
/** RFC 9421, appendix B.1.3: test-key-ecc-p256. */
const rfcP256 = publicKey(
  algorithm('ES256'),
  concat(
    Uint8Array.of(4),
    bytes('qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA'),
    bytes('Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0'),
  ),
)

describe('the examples of RFC 9421 and RFC 9530', () => {
  it('B.2.6: signing a request using ed25519', async () => {
    const components: SignedComponent[] = [
      ['date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
      ['@method', 'POST'],
      ['@path', '/foo'],
      ['@authority', 'example.com'],
      ['content-type', 'application/json'],
      ['content-length', '18'],
    ]
    const params =
      '("date" "@method" "@path" "@authority" "content-type" "content-length")' +
      ';created=1618884473;keyid="test-key-ed25519"'
    const base = signatureBase(components, params)
    assert.equal(
      base,
      `"date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
"@signature-params": ${params}`,
    )
    const signature = await rfcSigner.sign(utf8(base))
    assert.equal(
      btoa(String.fromCharCode(...signature)),
      'wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==',
    )
  })

  it('B.2.4: signing a response using ecdsa-p256-sha256', () => {
    const digest =
      'sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJu' +
      'ahq4l5aGgfLQ==:'
    const params =
      '("@status" "content-type" "content-digest" "content-length")' +
      ';created=1618884473;keyid="test-key-ecc-p256"'
    const base = signatureBase(
      [
        ['@status', '200'],
        ['content-type', 'application/json'],
        ['content-digest', digest],
        ['content-length', '23'],
      ],
      params,
    )
    const signature = bytesOfBase64(
      'wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==',
    )
    assert.ok(rfcP256.algorithm.verify(rfcP256.raw, utf8(base), signature))
    assert.ok(!rfcP256.algorithm.verify(rfcP256.raw, utf8(`${base} `), signature))
  })

  it('RFC 9530, section 2: the digest of a body', () => {
    assert.equal(
      contentDigest(utf8('{"hello": "world"}')),
      'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:',
    )
  })
})

describe('signRequest', () => {
  const how = { created: 1_700_000_000, lifetime: 30, nonce: 'a"b\\c' }

  it('covers what a gateway asks for, and nothing that changes on the way', async () => {
    const headers = await signRequest(
      {
        method: 'post',
        url: 'HTTPS://Example.COM:443/a%2fb/c?x=1&y=%20#part',
        headers: { 'Content-Type': ' text/plain ', 'idempotency-key': 'k', accept: 'a/b' },
        body: utf8('hello'),
      },
      rfcSigner,
      how,
    )
    const list =
      '("@method" "@authority" "@path" "@query" "content-type" "idempotency-key" "content-digest")'
    const keyid = /keyid="([0-9a-f]{64})"/.exec(headers['signature-input'] ?? '')?.[1]
    const times = 'created=1700000000;expires=1700000030'
    const params = `${list};${times};nonce="a\\"b\\\\c";keyid="${keyid}";alg="ed25519"`
    assert.equal(headers['signature-input'], `sig=${params}`)
    const digest = contentDigest(utf8('hello'))
    assert.equal(headers['content-digest'], digest)
    const base = signatureBase(
      [
        ['@method', 'POST'],
        ['@authority', 'example.com'],
        ['@path', '/a%2fb/c'],
        ['@query', '?x=1&y=%20'],
        ['content-type', 'text/plain'],
        ['idempotency-key', 'k'],
        ['content-digest', digest],
      ],
      params,
    )
    const signature = bytesOfBase64(/^sig=:(.*):$/.exec(headers.signature ?? '')?.[1] ?? '')
    const { key } = rfcSigner
    assert.ok(key.algorithm.verify(key.raw, utf8(base), signature))
  })

  it('names no digest where there is no body, and an empty query as one', async () => {
    const request = { method: 'GET', url: 'http://127.0.0.1:8420/livez' }
    const headers = await signRequest(request, rfcSigner, how)
    assert.deepEqual(Object.keys(headers), ['signature-input', 'signature'])
    assert.match(
      headers['signature-input'] ?? '',
      /^sig=\("@method" "@authority" "@path" "@query"\)/,
    )
  })

  it('has a name for each algorithm, and for no other', () => {
    const own = algorithms.map(httpAlgorithmName)
    const standard = ['ed25519', 'ecdsa-p256-sha256']
    assert.deepEqual(own, [...standard, 'ecdsa-secp256k1-sha256', 'sm2-sm3'])
    assert.throws(() => httpAlgorithmName({ name: 'toString' }), { code: 'ALGORITHM_UNKNOWN' })
  })
})
