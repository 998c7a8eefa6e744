import { randomBytes, X509Certificate } from 'node:crypto'
import { access, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newCertificateKey } from '../../../crypto/certificates.ts'
import { type CaClient, type Enrolled, type IdentityKind, keyOfPem } from './ca-client.ts'
import { identityFolder, writeIdentity, writeOrganisation } from './identity-folder.ts'

/** Whom a node has in its organisation: its programs, and in whose name it acts. */
export const identityNames = ['orderer', 'bft-orderer', 'peer', 'admin', 'gateway'] as const
export type IdentityName = (typeof identityNames)[number]

const kinds: Readonly<Record<IdentityName, IdentityKind>> = {
  orderer: 'orderer',
  'bft-orderer': 'orderer',
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

/** Which identities a folder does not have yet. */
export async function missingIdentities(folder: string): Promise<IdentityName[]> {
  const { of, root } = organisationFiles(folder)
  // Written last: without it none is sure to be whole.
  if (!(await exists(root))) return [...identityNames]
  const isThere = await Promise.all(identityNames.map((name) => exists(of(name).tls.root)))
  return identityNames.filter((_, place) => !isThere[place])
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

/** Has identities certified, and writes them. @throws FABRIC_ENROLL_FAILED */
export async function makeIdentities(
  folder: string,
  names: readonly IdentityName[],
  {
    ca: [ca, registrar],
    hosts,
  }: { readonly ca: readonly [CaClient, Enrolled]; readonly hosts: readonly string[] },
): Promise<void> {
  const root = await ca.root()
  for (const name of names) {
    const own = await enrolling(name, [ca, registrar])
    const lasting = isLasting(name)
    const signing = await ca.enroll({ ...own, key: newCertificateKey(), lasting })
    const tls = await ca.enroll({ ...own, key: newCertificateKey(), tlsHosts: hosts })
    await writeIdentity(join(folder, 'identities', name), { root, signing, tls })
  }
  await writeOrganisation(organisationFiles(folder).msp, root)
}

/**
 * A channel that orders by BFT has the certificates themselves that its orderers sign with, and
 * each of these programs has one for all channels: another would put it out of every channel whose
 * settings do not have that yet.
 */
const isLasting = (name: IdentityName) => name === 'bft-orderer'

/** A name with a secret that it enrols with; one that was registered before gets another one. */
async function enrolling(
  name: IdentityName,
  [ca, registrar]: readonly [CaClient, Enrolled],
): Promise<{ readonly name: string; readonly secret: string }> {
  const own = { name, secret: randomBytes(16).toString('hex') }
  const registration = { ...own, kind: kinds[name] }
  const isNew = await ca.register(registration, registrar)
  if (!isNew) await ca.changeSecret(registration, registrar)
  return own
}

/** Which identities have a certificate that ends before then, in milliseconds since 1970. */
export async function endingIdentities(folder: string, endMs: number): Promise<IdentityName[]> {
  const ending: IdentityName[] = []
  for (const name of identityNames) {
    const paths = certificatesOf(folder, name)
    const texts = await Promise.all(paths.map((path) => readFile(path)))
    const ends = texts.map((text) => Date.parse(new X509Certificate(text).validTo))
    if (ends.some((end) => end < endMs)) ending.push(name)
  }
  return ending
}

const certificatesOf = (folder: string, name: IdentityName) => {
  const { signing, tls } = organisationFiles(folder).of(name)
  return [signing, tls.certificate] as const
}

/**
 * Has the certificates of an identity issued anew, for the same keys: the orderers of a channel
 * know one another by them. One that lasts stays. @throws FABRIC_ENROLL_FAILED
 */
export async function renewIdentity(
  folder: string,
  name: IdentityName,
  { ca, hosts }: { readonly ca: readonly [CaClient, Enrolled]; readonly hosts: readonly string[] },
): Promise<void> {
  const own = await enrolling(name, ca)
  const tlsKey = keyOfPem(await readFile(organisationFiles(folder).of(name).tls.key, 'utf8'))
  const tls = await ca[0].enroll({ ...own, key: tlsKey, tlsHosts: hosts })
  const [signingPath, tlsPath] = certificatesOf(folder, name)
  if (!isLasting(name)) {
    const { key } = await readIdentity(folder, name)
    const signing = await ca[0].enroll({ ...own, key })
    await replaceFile(signingPath, signing.certificate)
  }
  await replaceFile(tlsPath, tls.certificate)
}

/** Whole at any time. */
async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 })
  await rename(`${path}.new`, path)
}

/** An identity as it was written. */
export async function readIdentity(folder: string, name: IdentityName): Promise<Enrolled> {
  const { msp } = organisationFiles(folder).of(name)
  const text = (path: string) => readFile(join(msp, path), 'utf8')
  const [certificate, key] = [await text('signcerts/cert.pem'), await text('keystore/key.pem')]
  return { certificate, key: keyOfPem(key) }
}
