import assert from 'node:assert/strict'
import { createHash, createPublicKey, verify, X509Certificate } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { createRoot, newCertificateKey, pemOf } from '../../../crypto/certificates.ts'
import { CaClient } from './ca-client.ts'
import { certificateRequest } from './certificate-request.ts'

/** What a certificate authority answers, and what it was asked. */
async function answering(t: TestContext, body: string) {
  const asked: { readonly url: string; readonly authorization: string; readonly body: string }[] =
    []
  const server = createServer(async (request, response) => {
    const { url = '', headers } = request
    const sent = Buffer.concat(await request.toArray()).toString('utf8')
    asked.push({ url, authorization: headers.authorization ?? '', body: sent })
    response.setHeader('content-type', 'application/json')
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

describe('a request for a certificate', () => {
  it('has the name and the key, signed by it', async () => {
    const key = newCertificateKey()
    const text = await certificateRequest('peer.alpha', key)
    assert.match(
      text,
      /^-----BEGIN CERTIFICATE REQUEST-----\n[\s\S]+-----END CERTIFICATE REQUEST-----\n$/,
    )
    const pki = await import('pkijs')
    const der = Buffer.from(text.replace(/-----.*-----|\n/g, ''), 'base64')
    const request = pki.CertificationRequest.fromBER(Uint8Array.from(der))
    assert.ok(await request.verify())
    const [name] = request.subject.typesAndValues
    assert.equal(name?.value.valueBlock.value, 'peer.alpha')
    const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
    const own = Buffer.from(request.subjectPublicKeyInfo.toSchema().toBER())
    assert.deepEqual(
      createHash('sha256').update(own).digest(),
      createHash('sha256').update(spki).digest(),
    )
  })
})

describe('a client of a Fabric CA', () => {
  it('gives back the certificate that it was issued', async (t) => {
    const { certificate, key } = await createRoot('alpha', 1_800_000_000)
    const pem = pemOf(certificate)
    const Cert = Buffer.from(pem).toString('base64')
    const { base, asked } = await answering(t, JSON.stringify({ success: true, result: { Cert } }))
    const client = new CaClient(base)
    const enrolled = await client.enroll({
      name: 'peer',
      secret: 's',
      key,
      tlsHosts: ['localhost'],
    })
    assert.equal(new X509Certificate(enrolled.certificate).subject, 'CN=alpha')
    assert.equal(asked[0]?.url, '/api/v1/enroll')
    assert.equal(asked[0]?.authorization, `Basic ${Buffer.from('peer:s').toString('base64')}`)
    assert.deepEqual(JSON.parse(asked[0]?.body ?? '').hosts, ['localhost'])
    await client.register({ name: 'p', secret: 's', kind: 'peer' }, { certificate: pem, key })
    const [whose, signature] = (asked[1]?.authorization ?? '').split('.')
    assert.equal(Buffer.from(whose ?? '', 'base64').toString(), pem)
    const base64 = (text: string) => Buffer.from(text).toString('base64')
    const path = base64('/api/v1/identities')
    const signed = ['POST', path, base64(asked[1]?.body ?? ''), base64(pem)].join('.')
    const holds = verify(
      'sha256',
      Buffer.from(signed),
      createPublicKey(key),
      Buffer.from(signature ?? '', 'base64'),
    )
    assert.ok(holds)
  })

  it('says what a certificate authority refuses with, and that there is none', async (t) => {
    const refusal = { success: false, errors: [{ code: 20, message: 'Authentication failure' }] }
    const { base } = await answering(t, JSON.stringify(refusal))
    const asked = { name: 'peer', secret: 'wrong', key: newCertificateKey() }
    const refused = { code: 'FABRIC_ENROLL_FAILED', message: /\/enroll: .*Authentication failure/ }
    await assert.rejects(new CaClient(base).enroll(asked), refused)
    const garbled = await answering(t, 'no JSON')
    await assert.rejects(new CaClient(garbled.base).root(), { code: 'FABRIC_ENROLL_FAILED' })
    const away = { code: 'FABRIC_ENROLL_FAILED', message: /does not answer/ }
    await assert.rejects(new CaClient('http://127.0.0.1:1').root(), away)
  })
})
