import { createPublicKey, type KeyObject, sign } from 'node:crypto'

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
