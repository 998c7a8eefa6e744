import assert from 'node:assert/strict'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { before, describe, it } from 'node:test'
import {
  bytesOfKey,
  type Certified,
  createRoot,
  isCertifiable,
  issueCertificate,
  issuedSeconds,
  keyOfBytes,
  newCertificateKey,
  publicBytesOf,
  validityOf,
  wasIssuedBy,
  whyUnusable,
} from './certificates.ts'

const now = 1_800_000_000

describe('certificates', () => {
  let root: Certified
  let other: Certified
  const key = newCertificateKey()
  const issue = (host: string, at = now, by = root) =>
    issueCertificate({ host, publicKey: publicBytesOf(key) }, by, at)
  before(async () => {
    root = await createRoot('OpenBSN test', now)
    other = await createRoot('OpenBSN test', now)
  })

  it('are issued by a root that signs itself, for ten years', () => {
    const read = new X509Certificate(root.certificate)
    assert.ok(read.ca && read.checkIssued(read) && read.verify(read.publicKey))
    assert.ok(read.checkPrivateKey(root.key))
    assert.equal(validityOf(root.certificate).until - now, 3650 * 86_400)
    const [one, two] = [root, other].map(({ certificate }) => new X509Certificate(certificate))
    assert.notEqual(one?.serialNumber, two?.serialNumber)
  })

  it('are for one host: a name, an address of IPv4 or of IPv6', async () => {
    for (const host of ['rome.example.org', '192.0.2.7', '2001:db8::7']) {
      const certificate = await issue(host)
      const expected = { roots: [other.certificate, root.certificate], key, nowSeconds: now }
      assert.equal(whyUnusable(certificate, { ...expected, host }), undefined, host)
      const elsewhere = { ...expected, host: 'oslo.example.org' }
      assert.match(whyUnusable(certificate, elsewhere) ?? '', /not for oslo/)
      const read = new X509Certificate(certificate)
      assert.equal(read.ca, false)
      assert.deepEqual(read.keyUsage, ['1.3.6.1.5.5.7.3.1'])
    }
  })

  it('cannot be used by another key, under another root, or at another time', async () => {
    const certificate = await issue('a.example')
    const good = { roots: [root.certificate], key, host: 'a.example', nowSeconds: now }
    const cases: [Partial<typeof good>, RegExp][] = [
      [{ roots: [] }, /none of the roots/],
      [{ roots: [other.certificate] }, /none of the roots/],
      [{ key: newCertificateKey() }, /another key/],
      [{ nowSeconds: now - 3601 }, /not good yet/],
      [{ nowSeconds: now + issuedSeconds }, /has ended/],
    ]
    for (const [change, why] of cases) {
      assert.match(whyUnusable(certificate, { ...good, ...change }) ?? '', why)
    }
    assert.equal(whyUnusable(certificate, { ...good, nowSeconds: now - 3600 }), undefined)
    assert.equal(whyUnusable(new Uint8Array(9), good), 'it is none')
    assert.equal(wasIssuedBy(certificate, new Uint8Array(9)), false)
  })

  it('end with their root', async () => {
    const { until } = validityOf(root.certificate)
    assert.equal(validityOf(await issue('a.example', until - 86_400)).until, until)
  })

  it('are for keys of P-256, which files keep', () => {
    const back = keyOfBytes(bytesOfKey(key))
    assert.deepEqual(publicBytesOf(back), publicBytesOf(key))
    assert.ok(isCertifiable(publicBytesOf(key)))
    for (const kind of ['ed25519', 'x25519'] as const) {
      const { publicKey } = generateKeyPairSync(kind as 'ed25519')
      const spki = publicKey.export({ type: 'spki', format: 'der' })
      assert.ok(!isCertifiable(new Uint8Array(spki)), kind)
    }
    assert.ok(!isCertifiable(new Uint8Array(4)))
  })
})
