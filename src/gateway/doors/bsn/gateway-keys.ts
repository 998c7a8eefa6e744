import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { bytesOfKey, createSelfSigned, keyOfBytes, pemOf } from '../../../crypto/certificates.ts'
import type { KeyEncryption } from '../../../crypto/key-encryption.ts'
import type { Clock } from '../../../kernel/clock.ts'
import type { MacAlgorithm } from './mac.ts'

/** What the gateway signs answers and notifications with, in one algorithm. */
export type GatewayKey = {
  readonly key: KeyObject
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

const curves: Readonly<Record<MacAlgorithm, string>> = { ES256: 'P-256', ES256K: 'secp256k1' }
const contextOf = (algorithm: MacAlgorithm) => `bsn-key/${algorithm}`

export function createGatewayKeys({ database, keys, clock, node }: GatewayKeysDeps): GatewayKeys {
  const find = database.prepare('SELECT key, certificate FROM bsn_keys WHERE algorithm = ?')
  const insert = database.prepare('INSERT OR IGNORE INTO bsn_keys VALUES (?, ?, ?)')
  const known = new Map<MacAlgorithm, Promise<GatewayKey>>()

  async function make(algorithm: MacAlgorithm): Promise<void> {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: curves[algorithm] })
    const wrapped = keys.wrap(bytesOfKey(privateKey), contextOf(algorithm))
    const isCertified = algorithm === 'ES256'
    const certificate = isCertified
      ? await createSelfSigned(node, privateKey, clock.nowSeconds())
      : null
    insert.run(algorithm, wrapped, certificate)
  }

  function stored(algorithm: MacAlgorithm): GatewayKey | undefined {
    const row = find.get(algorithm)
    if (!row) return undefined
    const key = keyOfBytes(keys.unwrap(row.key as Uint8Array, contextOf(algorithm)))
    const { certificate } = row
    if (certificate instanceof Uint8Array) return { key, shown: pemOf(certificate) }
    const publicKey = createPublicKey(key)
    return { key, shown: String(publicKey.export({ type: 'spki', format: 'pem' })) }
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
