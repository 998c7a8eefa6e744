import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { encodeCoseKey } from '@openbsn/sdk'
import {
  type Certified,
  createRoot,
  newCertificateKey,
  publicBytesOf,
} from '../crypto/certificates.ts'
import { createKeyEncryption } from '../crypto/key-encryption.ts'
import { homePaths } from '../node/create-home.ts'
import { createCertificateIssuer } from '../node/tls/certificate-issuer.ts'
import { signCertificateRequest } from '../node/tls/certificate-request.ts'
import { writeCertified } from '../node/tls/certified-file.ts'
import { LedgerWorld } from './ledger-world.ts'
import { namedSigner } from './named-signer.ts'

/** An alliance whose node `rome` issues certificates; `oslo` is another node of its operator. */
export async function tlsWorld() {
  const world = await LedgerWorld.create()
  const home = join(world.folder.path, 'home')
  mkdirSync(homePaths(home).keys, { recursive: true })
  const kek = createKeyEncryption(new Uint8Array(32).fill(7))
  const { clock } = world
  await world.done('operator-key-register', { key: encodeCoseKey(namedSigner('operator').key) })
  for (const id of ['rome', 'oslo']) {
    const facts = { city: id, country: 'IT', latitude: 1, longitude: 2, software: 'x' }
    const gateway = `https://${id}.example.org:8420`
    await world.done('node-register', { id, ...facts, gateway, frameworks: ['records'] })
  }
  let version = 0

  /** A new root of its own, which the alliance trusts beside others or alone. */
  async function newRoot(others: readonly Certified[] = []): Promise<Certified> {
    const root = await createRoot('OpenBSN test', clock.now)
    writeCertified(homePaths(home).issuer, root, { kek, use: 'issuer' })
    const roots = [root, ...others].map(({ certificate }) => certificate)
    await world.done('alliance-roots', { expect: version++, issuer: 'rome', roots })
    return root
  }
  const operator = { id: 'admin', signer: namedSigner('operator') }
  const key = newCertificateKey()
  return {
    ...{ world, home, kek, clock, operator, key, newRoot },
    issuer: (node = 'rome') =>
      createCertificateIssuer({ home, node }, { ledger: world.ledger, kek, clock }),
    /** A good request, or one that differs. */
    request: ({ node = 'oslo', by = operator, id = world.id, off = 0, publicKey = key } = {}) =>
      signCertificateRequest({ node, publicKey: publicBytesOf(publicKey) }, by, {
        ledger: { id },
        clock: { nowSeconds: () => clock.now + off },
      }),
    remove: () => world.remove(),
  }
}
