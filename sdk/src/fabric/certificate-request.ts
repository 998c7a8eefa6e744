import { utf8 } from '../bytes.ts'
import type { Signer } from '../signer.ts'
import { der, derBits, tags } from './der.ts'
import { pemOf } from './pem.ts'
import { fabricSignature } from './signature.ts'

const commonName = Uint8Array.of(0x55, 4, 3)
const unit = Uint8Array.of(0x55, 4, 11)
const ecdsaWithSha256 = Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2)

/** A request for a certificate (PKCS #10, RFC 2986) of a client of Fabric, in PEM. */
export async function certificateRequest(name: string, signer: Signer): Promise<string> {
  const { algorithm, raw } = signer.key
  const version = der(tags.integer, Uint8Array.of(0))
  const subject = der(tags.sequence, attribute(unit, 'client'), attribute(commonName, name))
  const key = new Uint8Array([...algorithm.spkiPrefix, ...raw])
  const noAttributes = Uint8Array.of(0xa0, 0)
  const info = der(tags.sequence, version, subject, key, noAttributes)
  const kind = der(tags.sequence, der(tags.oid, ecdsaWithSha256))
  const signature = derBits(await fabricSignature(signer, info))
  return pemOf('CERTIFICATE REQUEST', der(tags.sequence, info, kind, signature))
}

const attribute = (type: Uint8Array, text: string) =>
  der(tags.set, der(tags.sequence, der(tags.oid, type), der(tags.utf8, utf8(text))))
