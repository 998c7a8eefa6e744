import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Enrolled, pemOfKey } from './ca-client.ts'

/** Files of one identity, as Fabric's programs read them. */
export type IdentityFolder = {
  /** The folder of its membership service provider. */
  readonly msp: string
  /** The certificate that it signs with. */
  readonly signing: string
  readonly tls: { readonly certificate: string; readonly key: string; readonly root: string }
}

/** Where the files of an identity lie. */
export function identityFolder(folder: string): IdentityFolder {
  const tls = (name: string) => join(folder, 'tls', name)
  return {
    msp: join(folder, 'msp'),
    signing: join(folder, 'msp/signcerts/cert.pem'),
    tls: { certificate: tls('cert.pem'), key: tls('key.pem'), root: tls('root.pem') },
  }
}

/** What a certificate's organisational unit makes of who has it. */
const units = {
  NodeOUs: {
    Enable: true,
    ClientOUIdentifier: { OrganizationalUnitIdentifier: 'client' },
    PeerOUIdentifier: { OrganizationalUnitIdentifier: 'peer' },
    AdminOUIdentifier: { OrganizationalUnitIdentifier: 'admin' },
    OrdererOUIdentifier: { OrganizationalUnitIdentifier: 'orderer' },
  },
}

/** Writes what others know an organisation by: who issues its certificates. */
export async function writeOrganisation(folder: string, root: string): Promise<void> {
  await writeFiles(folder, {
    'cacerts/root.pem': root,
    'tlscacerts/root.pem': root,
    'config.yaml': JSON.stringify(units),
  })
}

export type WholeIdentity = {
  readonly root: string
  readonly signing: Enrolled
  readonly tls: Enrolled
}

/** Writes an identity with its keys, for this user alone. */
export async function writeIdentity(folder: string, identity: WholeIdentity): Promise<void> {
  const { root, signing, tls } = identity
  const files = identityFolder(folder)
  await writeOrganisation(files.msp, root)
  await writeFiles(files.msp, {
    'signcerts/cert.pem': signing.certificate,
    'keystore/key.pem': pemOfKey(signing.key),
  })
  await writeFiles(join(folder, 'tls'), {
    'cert.pem': tls.certificate,
    'key.pem': pemOfKey(tls.key),
    'root.pem': root,
  })
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true, mode: 0o700 })
    await writeFile(join(folder, name), text, { mode: 0o600 })
  }
}
