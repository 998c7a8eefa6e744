import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  X509Certificate,
} from 'node:crypto'
import { isIP } from 'node:net'

/** X.509 for gateways: a root that the alliance trusts, and certificates that it issues. */

/** A certificate in DER, and its key. */
export type Certified = { readonly certificate: Uint8Array; readonly key: KeyObject }

/** From when until when it is good, in seconds since 1970. */
export type Validity = { readonly from: number; readonly until: number }

const day = 86_400
/** Nobody asks whether one is revoked: what is stolen shall end by itself. */
export const issuedSeconds = 30 * day
/** Replacing a root takes a vote; ten years are longer than a machine lives. */
export const rootSeconds = 3650 * day
/** So far may the clock of whoever looks at it be behind. */
const backdatedSeconds = 3600

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const [commonName, serverAuth] = ['2.5.4.3', '1.3.6.1.5.5.7.3.1']

/** A new key for a certificate: P-256, which every client knows. */
export function newCertificateKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
}

/** The public half, as a request for a certificate has it. */
export function publicBytesOf(key: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }))
}

/** A private key as a file has it, and back. */
export const bytesOfKey = (key: KeyObject): Uint8Array =>
  new Uint8Array(key.export({ type: 'pkcs8', format: 'der' }))
export const keyOfBytes = (bytes: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.from(bytes), type: 'pkcs8', format: 'der' })

/** A root of its own; `name` is for people. */
export async function createRoot(name: string, nowSeconds: number): Promise<Certified> {
  const key = newCertificateKey()
  const publicKey = publicBytesOf(key)
  const until = nowSeconds + rootSeconds
  const root = { subject: name, issuer: name, publicKey, key, nowSeconds, until, isRoot: true }
  return { certificate: await write({ ...root, issuerKeyId: keyIdOf(publicKey) }), key }
}

/** A certificate of a key of P-256 by that very key, for those who know it beforehand. */
export function createSelfSigned(
  name: string,
  key: KeyObject,
  nowSeconds: number,
): Promise<Uint8Array> {
  const publicKey = publicBytesOf(key)
  const names = { subject: name.slice(0, 64), issuer: name.slice(0, 64) }
  const issuerKeyId = keyIdOf(publicKey)
  const until = nowSeconds + rootSeconds
  return write({ ...names, publicKey, key, issuerKeyId, nowSeconds, until, isRoot: false })
}

/** What a certificate is issued for: a host name or address, and a public key (SPKI). */
export type Wanted = { readonly host: string; readonly publicKey: Uint8Array }

/** A certificate for one host, good for `issuedSeconds`, but not for longer than the root. */
export async function issueCertificate(
  { host, publicKey }: Wanted,
  { certificate, key }: Certified,
  nowSeconds: number,
): Promise<Uint8Array> {
  const root = new X509Certificate(certificate)
  const until = Math.min(nowSeconds + issuedSeconds, validityOf(certificate).until)
  const issuer = root.subject.replace(/^CN=/, '')
  const issuerKeyId = keyIdOf(publicBytesOf(key))
  // A common name has 64 characters at most; clients look at the alternative name alone.
  const names = { subject: host.slice(0, 64), issuer, host }
  return write({ ...names, publicKey, key, issuerKeyId, nowSeconds, until, isRoot: false })
}

type Written = {
  readonly subject: string
  readonly issuer: string
  readonly host?: string
  /** SPKI. */
  readonly publicKey: Uint8Array
  /** What signs it. */
  readonly key: KeyObject
  readonly issuerKeyId: Uint8Array
  readonly nowSeconds: number
  readonly until: number
  readonly isRoot: boolean
}

/** Puts a certificate together (RFC 5280) and signs it. */
async function write(written: Written): Promise<Uint8Array> {
  const { publicKey, key, nowSeconds, until } = written
  // Loaded when something is issued, which most nodes never do.
  const [pki, asn1] = await Promise.all([import('pkijs'), import('asn1js')])
  const nameOf = (text: string) =>
    new pki.RelativeDistinguishedNames({
      typesAndValues: [
        new pki.AttributeTypeAndValue({
          type: commonName,
          value: new asn1.Utf8String({ value: text }),
        }),
      ],
    })
  const timeOf = (seconds: number) => {
    const value = new Date(seconds * 1000)
    return new pki.Time({ type: value.getUTCFullYear() < 2050 ? 0 : 1, value })
  }
  const certificate = new pki.Certificate({
    version: 2,
    serialNumber: new asn1.Integer({ valueHex: newSerial() }),
    subject: nameOf(written.subject),
    issuer: nameOf(written.issuer),
    notBefore: timeOf(nowSeconds - backdatedSeconds),
    notAfter: timeOf(until),
    extensions: (await extensionsOf(written)).map(
      ([extnID, critical, value]) => new pki.Extension({ extnID, critical, extnValue: value }),
    ),
  })
  certificate.subjectPublicKeyInfo = pki.PublicKeyInfo.fromBER(Uint8Array.from(publicKey))
  // Node's type of keys knows more usages than that of browsers, which the library speaks.
  await certificate.sign(key.toCryptoKey(algorithm, true, ['sign']) as CryptoKey, 'SHA-256')
  return new Uint8Array(certificate.toSchema().toBER())
}

/** Bits of a key's usage (RFC 5280, 4.2.1.3), with how many behind them are not used. */
const usages = { digitalSignature: [0x80, 7], keyCertSign: [0x04, 2] } as const

/** Each with its object identifier, and whether it is critical. */
async function extensionsOf({ host, publicKey, issuerKeyId, isRoot }: Written) {
  const [pki, asn1] = await Promise.all([import('pkijs'), import('asn1js')])
  const [bits, unusedBits] = usages[isRoot ? 'keyCertSign' : 'digitalSignature']
  const usage = new asn1.BitString({ valueHex: Uint8Array.of(bits), unusedBits })
  const basic = new pki.BasicConstraints(isRoot ? { cA: true, pathLenConstraint: 0 } : {})
  const keyId = new asn1.OctetString({ valueHex: keyIdOf(publicKey) })
  const issuer = new asn1.OctetString({ valueHex: issuerKeyId })
  const all: [string, boolean, ArrayBuffer][] = [
    ['2.5.29.19', true, basic.toSchema().toBER()],
    ['2.5.29.15', true, usage.toBER()],
    ['2.5.29.14', false, keyId.toBER()],
    [
      '2.5.29.35',
      false,
      new pki.AuthorityKeyIdentifier({ keyIdentifier: issuer }).toSchema().toBER(),
    ],
  ]
  if (host === undefined) return all
  const address = addressBytes(host)
  const name = address
    ? new pki.GeneralName({ type: 7, value: new asn1.OctetString({ valueHex: address }) })
    : new pki.GeneralName({ type: 2, value: host })
  const purposes = new pki.ExtKeyUsage({ keyPurposes: [serverAuth] })
  all.push(['2.5.29.37', false, purposes.toSchema().toBER()])
  all.push(['2.5.29.17', false, new pki.AltName({ altNames: [name] }).toSchema().toBER()])
  return all
}

/** The bytes of an IP address; undefined for a host name. */
function addressBytes(host: string): Uint8Array<ArrayBuffer> | undefined {
  if (isIP(host) === 4) return Uint8Array.from(host.split('.').map(Number))
  if (isIP(host) !== 6) return undefined
  // A URL writes an embedded address of IPv4 in hex, so that there are but groups.
  const bare = new URL(`http://[${host}]`).hostname.slice(1, -1)
  const [head = '', tail] = bare.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const [before, after] = [groups(head), groups(tail ?? '')]
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  const whole = [...before, ...zeros, ...after].map((one) => Number.parseInt(one, 16))
  return Uint8Array.from(whole.flatMap((one) => [one >> 8, one & 0xff]))
}

/** Names a key in certificates (RFC 5280, 4.2.1.2); any hash will do. */
const keyIdOf = (spki: Uint8Array) =>
  Uint8Array.from(createHash('sha256').update(spki).digest().subarray(0, 20))

/** Positive, as RFC 5280 wants it, and not to be guessed. */
const newSerial = () => Uint8Array.from([1, ...randomBytes(15)])

function keyIn(spki: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(spki), type: 'spki', format: 'der' })
}

/** True for the public key (SPKI) of a kind that certificates are issued for. */
export function isCertifiable(spki: Uint8Array): boolean {
  try {
    return keyIn(spki).asymmetricKeyDetails?.namedCurve === 'prime256v1'
  } catch {
    return false
  }
}

/** Of a certificate in DER or PEM, of a chain of the first. */
export function validityOf(certificate: Uint8Array | string): Validity {
  const { validFromDate, validToDate } = new X509Certificate(certificate)
  return { from: validFromDate.getTime() / 1000, until: validToDate.getTime() / 1000 }
}

/** Certificate in PEM, as TLS takes it. */
export const pemOf = (certificate: Uint8Array) => new X509Certificate(certificate).toString()

/** What a certificate has to hold against. */
export type Expected = {
  /** In DER. */
  readonly roots: readonly Uint8Array[]
  readonly key: KeyObject
  readonly host: string
  readonly nowSeconds: number
}

/** Why a certificate cannot be used; undefined where it can. */
export function whyUnusable(
  certificate: Uint8Array,
  { roots, key, host, nowSeconds }: Expected,
): string | undefined {
  const read = readCertificate(certificate)
  if (!read) return 'it is none'
  if (!roots.some((root) => wasIssuedBy(certificate, root)))
    return 'none of the roots of the alliance issued it'
  if (!read.checkPrivateKey(key)) return 'it is for another key'
  const isForHost = isIP(host) === 0 ? read.checkHost(host) : read.checkIP(host)
  if (!isForHost) return `it is not for ${host}`
  const { from, until } = validityOf(certificate)
  if (nowSeconds < from) return 'by the clock of this machine it is not good yet'
  if (nowSeconds >= until) return 'by the clock of this machine it has ended'
  return undefined
}

/** Whether the key of the one, in DER, signed the other. False for what is none. */
export function wasIssuedBy(certificate: Uint8Array, root: Uint8Array): boolean {
  const [read, issuer] = [readCertificate(certificate), readCertificate(root)]
  if (!read || !issuer) return false
  return read.checkIssued(issuer) && read.verify(issuer.publicKey)
}

function readCertificate(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der)
  } catch {
    return undefined
  }
}
