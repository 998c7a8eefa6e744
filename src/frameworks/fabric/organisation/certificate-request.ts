import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { fabricError } from '../errors.ts'

/** Object identifiers of RFC 5280 and RFC 5758. */
const [commonName, ecdsaWithSha256] = ['2.5.4.3', '1.2.840.10045.4.3.2']

/** A request for a certificate (PKCS #10, RFC 2986) in PEM, by a P-256 key. */
export async function certificateRequest(name: string, key: KeyObject): Promise<string> {
  // Loaded when something is asked for, once in a year.
  const asn1 = await import('asn1js')
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const text = new asn1.Utf8String({ value: name })
  const attribute = [new asn1.ObjectIdentifier({ value: commonName }), text]
  const subject = new asn1.Set({ value: [new asn1.Sequence({ value: attribute })] })
  const info = new asn1.Sequence({
    value: [
      new asn1.Integer({ value: 0 }),
      new asn1.Sequence({ value: [subject] }),
      asn1.fromBER(Uint8Array.from(spki)).result,
      new asn1.Constructed({ idBlock: { tagClass: 3, tagNumber: 0 } }),
    ],
  })
  const signature = sign('sha256', Buffer.from(info.toBER()), key)
  const request = new asn1.Sequence({
    value: [
      info,
      new asn1.Sequence({ value: [new asn1.ObjectIdentifier({ value: ecdsaWithSha256 })] }),
      new asn1.BitString({ valueHex: Uint8Array.from(signature) }),
    ],
  })
  return pem('CERTIFICATE REQUEST', Buffer.from(request.toBER()))
}

/** RFC 7468. */
function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/** What a request for a certificate asks for. */
export type ReadRequest = { readonly name: string; readonly key: KeyObject }

/**
 * Reads a request in PEM; whoever made it has its key, which is one of P-256.
 * @throws CERTIFICATE_REQUEST_INVALID
 */
export async function readCertificateRequest(text: string): Promise<ReadRequest> {
  const pki = await import('pkijs')
  const base64 = /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([^-]+)-----END/.exec(text)?.[1]
  let request: InstanceType<typeof pki.CertificationRequest>
  let key: KeyObject
  try {
    request = pki.CertificationRequest.fromBER(Buffer.from(base64 ?? '', 'base64'))
    const spki = request.subjectPublicKeyInfo.toSchema().toBER()
    key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  } catch (cause) {
    throw invalid('it is no PKCS #10 in PEM', cause)
  }
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw invalid('its key is not P-256, the one kind that Fabric verifies')
  }
  const { signatureAlgorithm, signatureValue, tbsView } = request
  const signature = signatureValue.valueBlock.valueHexView
  const isSha256 = signatureAlgorithm.algorithmId === ecdsaWithSha256
  if (!isSha256 || !verify('sha256', tbsView, key, signature)) {
    throw invalid('it is not signed by its own key, by ECDSA with SHA-256')
  }
  const names = request.subject.typesAndValues.filter(({ type }) => type === commonName)
  const [name] = names.map(({ value }) => String(value.valueBlock.value))
  if (names.length !== 1 || name === undefined) throw invalid('it has not one common name')
  return { name, key }
}

const invalid = (what: string, cause?: unknown) =>
  fabricError('CERTIFICATE_REQUEST_INVALID', `The request: ${what}.`, { cause })
