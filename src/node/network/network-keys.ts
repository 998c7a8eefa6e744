import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { CodedError, fromBase64url } from '@openbsn/sdk'
import { newStoredKey, readKeyFile, writeSecretFile } from '../../crypto/key-file.ts'
import type { EngineKey } from '../../ledger/sequencers/cometbft/comet-home.ts'
import { networkPaths } from './network-file.ts'

/** Keys that a node's CometBFT has: its name among the nodes, and what it votes with. */
export type NetworkKeys = { readonly node: EngineKey; readonly consensus: EngineKey }

/** Made on this node where they are missing, and never sent anywhere. @throws KEY_INVALID */
export function openNetworkKeys(home: string): NetworkKeys {
  const { nodeKey, consensusKey } = networkPaths(home)
  return { node: openKey(nodeKey), consensus: openKey(consensusKey) }
}

function openKey(path: string): EngineKey {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeSecretFile(path, `${JSON.stringify(newStoredKey(), null, 2)}\n`)
  }
  const { raw } = readKeyFile(path).key
  const { secret } = JSON.parse(readFileSync(path, 'utf8'))
  const bytes = fromBase64url(String(secret))
  if (!bytes) throw new CodedError('KEY_INVALID', `${path} is no key file.`)
  return { secret: bytes, raw }
}
