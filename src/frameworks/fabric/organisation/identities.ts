import { randomBytes } from 'node:crypto'
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newCertificateKey } from '../../../crypto/certificates.ts'
import { type CaClient, type Enrolled, type IdentityKind, keyOfPem } from './ca-client.ts'
import { identityFolder, writeIdentity, writeOrganisation } from './identity-folder.ts'

/** Whom a node has in its organisation: its two programs, and in whose name it acts. */
export const identityNames = ['orderer', 'peer', 'admin', 'gateway'] as const
export type IdentityName = (typeof identityNames)[number]

const kinds: Readonly<Record<IdentityName, IdentityKind>> = {
  orderer: 'orderer',
  peer: 'peer',
  admin: 'admin',
  gateway: 'client',
}

/** Where the files of an organisation lie. */
export const organisationFiles = (folder: string) => ({
  /** What others know it by. */
  msp: join(folder, 'msp'),
  root: join(folder, 'msp/cacerts/root.pem'),
  of: (name: IdentityName) => identityFolder(join(folder, 'identities', name)),
})

/** Whether a folder has all identities already. */
export async function hasIdentities(folder: string): Promise<boolean> {
  const { root } = organisationFiles(folder)
  return access(root).then(
    () => true,
    () => false,
  )
}

/**
 * Has every identity of an organisation certified, and writes them; the organisation itself comes
 * last, so that what is there is whole. @throws FABRIC_ENROLL_FAILED
 */
export async function makeIdentities(
  folder: string,
  [ca, registrar]: readonly [CaClient, Enrolled],
  { hosts }: { readonly hosts: readonly string[] },
): Promise<void> {
  const root = await ca.root()
  for (const name of identityNames) {
    const own = { name, secret: randomBytes(16).toString('hex') }
    await ca.register({ ...own, kind: kinds[name] }, registrar)
    const signing = await ca.enroll({ ...own, key: newCertificateKey() })
    const tls = await ca.enroll({ ...own, key: newCertificateKey(), tlsHosts: hosts })
    await writeIdentity(join(folder, 'identities', name), { root, signing, tls })
  }
  await writeOrganisation(organisationFiles(folder).msp, root)
}

/** An identity as it was written. */
export async function readIdentity(folder: string, name: IdentityName): Promise<Enrolled> {
  const { msp } = organisationFiles(folder).of(name)
  const text = (path: string) => readFile(join(msp, path), 'utf8')
  const [certificate, key] = [await text('signcerts/cert.pem'), await text('keystore/key.pem')]
  return { certificate, key: keyOfPem(key) }
}
