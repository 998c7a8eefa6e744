import { algorithmByName, type Signer, sha256, utf8 } from '@openbsn/sdk'
import { createNativeSigner } from '../crypto/native.ts'
import { assert } from '../kernel/assert.ts'

/** A signer with the key that `name` stands for: the same one every time. */
export function namedSigner(name: string, algorithmName = 'EdDSA'): Signer {
  const algorithm = algorithmByName(algorithmName)
  assert(algorithm !== undefined, `${algorithmName} is in the table of algorithms`)
  return createNativeSigner(algorithm, sha256(utf8(name)))
}
