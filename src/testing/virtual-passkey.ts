import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { type CborValue, encodeCbor, fromBase64url, toBase64url, utf8 } from '@openbsn/sdk'

type Options = Readonly<Record<string, unknown>>
const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest()

/** An authenticator of WebAuthn in a few lines: ES256, no attestation, one key for one site. */
export function createVirtualPasskey(origin: string, { isVerified = true } = {}) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomBytes(32)
  let counter = 0
  const clientData = (type: string, challenge: unknown) =>
    utf8(JSON.stringify({ type, challenge, origin, crossOrigin: false }))
  const authenticatorData = (more: Uint8Array, flags: number) => {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(++counter)
    const user = isVerified ? 0x05 : 0x01
    const site = sha256(new URL(origin).hostname)
    return Buffer.concat([site, Buffer.from([user | flags]), count, more])
  }

  function coseKey(): Uint8Array {
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
    const point = (text: string) => fromBase64url(text) ?? new Uint8Array()
    const pairs: [number, CborValue][] = [
      ...([
        [1, 2],
        [3, -7],
        [-1, 1],
      ] as [number, number][]),
      ...([
        [-2, point(x)],
        [-3, point(y)],
      ] as [number, Uint8Array][]),
    ]
    return encodeCbor(new Map(pairs))
  }

  const answer = (response: Options) => ({
    ...{ id: toBase64url(id), rawId: toBase64url(id), type: 'public-key' },
    ...{ clientExtensionResults: {}, response },
  })

  return {
    /** As `navigator.credentials.create` would. */
    create({ challenge }: Options): Options {
      const length = Buffer.alloc(2)
      length.writeUInt16BE(id.length)
      const key = Buffer.concat([Buffer.alloc(16), length, id, coseKey()])
      const authData = authenticatorData(key, 0x40)
      const object = new Map<string, CborValue>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', authData],
      ])
      return answer({
        clientDataJSON: toBase64url(clientData('webauthn.create', challenge)),
        attestationObject: toBase64url(encodeCbor(object)),
        transports: ['internal'],
      })
    },
    /** As `navigator.credentials.get` would. */
    get({ challenge }: Options): Options {
      const data = clientData('webauthn.get', challenge)
      const authData = authenticatorData(Buffer.alloc(0), 0)
      const signature = sign('sha256', Buffer.concat([authData, sha256(data)]), privateKey)
      return answer({
        clientDataJSON: toBase64url(data),
        authenticatorData: toBase64url(authData),
        signature: toBase64url(signature),
      })
    },
  }
}
