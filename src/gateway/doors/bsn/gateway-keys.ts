import type { DatabaseSync } from 'node:sqlite'
import { algorithmByName, createSigner, toPem } from '@openbsn/sdk'
import { createSelfSigned, keyOfBytes, pemOf } from '../../../crypto/certificates.ts'
import type { KeyEncryption } from '../../../crypto/key-encryption.ts'
import { pkcs8Of, secretIn } from '../../../crypto/native.ts'
import { assert } from '../../../kernel/assert.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { type MacAlgorithm, type MacSigner, macSigner } from './mac.ts'

/** What the gateway signs answers and notifications with, in one algorithm. */
export type GatewayKey = {
  readonly macOf: MacSigner
  /** PEM: what clients check its macs by. A certificate for P-256, which Python wants. */
  readonly shown: string
}

/** The keys of this gateway for clients of BSN: made when first asked for, and kept wrapped. */
export type GatewayKeys = { of(algorithm: MacAlgorithm): Promise<GatewayKey> }

export type GatewayKeysDeps = {
  readonly database: DatabaseSync
  readonly keys: KeyEncryption
  readonly clock: Clock
  /** In whose name the certificate is. */
  readonly node: string
}

const contextOf = (algorithm: MacAlgorithm) => `bsn-key/${algorithm}`

export function createGatewayKeys({ database, keys, clock, node }: GatewayKeysDeps): GatewayKeys {
  const find = database.prepare('SELECT key, certificate FROM bsn_keys WHERE algorithm = ?')
  const insert = database.prepare('INSERT OR IGNORE INTO bsn_keys VALUES (?, ?, ?)')
  const known = new Map<MacAlgorithm, Promise<GatewayKey>>()

  async function make(name: MacAlgorithm): Promise<void> {
    const algorithm = algorithmByName(name)
    assert(algorithm !== undefined, `${name} is in the table of algorithms`)
    const bytes = pkcs8Of({ algorithm, secret: algorithm.generateSecret() })
    const certificate =
      name === 'ES256' ? await createSelfSigned(node, keyOfBytes(bytes), clock.nowSeconds()) : null
    insert.run(name, keys.wrap(bytes, contextOf(name)), certificate)
  }

  function stored(name: MacAlgorithm): GatewayKey | undefined {
    const row = find.get(name)
    if (!row) return undefined
    const own = secretIn(keys.unwrap(row.key as Uint8Array, contextOf(name)))
    const { certificate } = row
    const shown =
      certificate instanceof Uint8Array
        ? pemOf(certificate)
        : toPem(createSigner(own.algorithm, own.secret).key)
    return { macOf: macSigner(own), shown }
  }

  async function open(algorithm: MacAlgorithm): Promise<GatewayKey> {
    const found = stored(algorithm)
    if (found) return found
    await make(algorithm)
    return stored(algorithm) ?? open(algorithm)
  }

  return {
    of(algorithm) {
      const opened = known.get(algorithm) ?? open(algorithm)
      known.set(algorithm, opened)
      // What failed is tried again.
      opened.catch(() => known.delete(algorithm))
      return opened
    },
  }
}
