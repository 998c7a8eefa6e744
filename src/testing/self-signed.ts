import { generateKeyPairSync, sign } from 'node:crypto'

/** DER: a tag, the length of its content, the content. */
function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}

const sequence = (...content: readonly Uint8Array[]) => der(0x30, ...content)
const utcTime = (text: string) => der(0x17, Buffer.from(text))
/** The algorithm Ed25519 (RFC 8410), and the attribute common name. */
const ed25519 = sequence(der(0x06, Buffer.of(0x2b, 0x65, 0x70)))
const commonName = der(0x06, Buffer.of(0x55, 0x04, 0x03))
const name = sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from('localhost')))))

/** A certificate for `localhost` that signs itself, and its key, made anew: valid to 2049. */
export function selfSigned(): { key: string; cert: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1)),
    ed25519,
    name,
    sequence(utcTime('200101000000Z'), utcTime('491231235959Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = sign(null, toBeSigned, privateKey)
  const bits = der(0x03, Buffer.of(0), signature)
  const base64 = sequence(toBeSigned, ed25519, bits).toString('base64')
  const lines = base64.match(/.{1,64}/g) ?? []
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  }
}
