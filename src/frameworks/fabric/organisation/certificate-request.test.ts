import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { it } from 'node:test'
import { newCertificateKey } from '../../../crypto/certificates.ts'
import { certificateRequest, readCertificateRequest } from './certificate-request.ts'

const refused = (request: string, message: RegExp) =>
  assert.rejects(readCertificateRequest(request), { code: 'CERTIFICATE_REQUEST_INVALID', message })

it('a request tells the name and the key of who made it', async () => {
  const key = newCertificateKey()
  const { name, key: asked } = await readCertificateRequest(
    await certificateRequest('ann@app', key),
  )
  assert.equal(name, 'ann@app')
  assert.ok(asked.equals(createPublicKey(key)))
})

it('one of another kind of key, or that its key did not sign, is refused', async () => {
  for (const namedCurve of ['secp256k1', 'SM2']) {
    const other = generateKeyPairSync('ec', { namedCurve }).privateKey
    await refused(await certificateRequest('ann@app', other), /not P-256, .* Fabric verifies/)
  }
  const good = await certificateRequest('ann@app', newCertificateKey())
  const der = Buffer.from(good.replace(/-----[^-]+-----/g, ''), 'base64')
  const renamed = Buffer.from(der)
  renamed.write('bob@app', der.indexOf('ann@app'))
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${renamed.toString('base64')}\n-----END`
  await refused(pem, /not signed by its own key/)
  for (const bad of ['', 'nothing', good.slice(0, 200), good.replace('REQUEST', '')]) {
    await refused(bad, /no PKCS #10/)
  }
})
