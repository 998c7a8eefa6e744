import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Program } from '../../../engines/guarded-child.ts'
import { lastingProfile } from './ca-client.ts'

export type CaOptions = {
  /** The program `fabric-ca-server`. */
  readonly program: string
  readonly folder: string
  /** Name of the organisation. */
  readonly organisation: string
  readonly port: number
  /** What the first registrar enrols with. */
  readonly secret: string
}

/** Name of the registrar that is there from the beginning. */
export const registrarName = 'registrar'

const [year, decade] = ['8760h', '131400h']

/** Writes the settings of a certificate authority; returns how it is run. On loopback alone. */
export async function caProgram(options: CaOptions): Promise<Program> {
  const { program, folder, port } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'fabric-ca-server-config.yaml')
  // JSON is YAML. It has a secret in it.
  await writeFile(file, JSON.stringify(settingsOf(options), undefined, 2), { mode: 0o600 })
  const address = ['--address', '127.0.0.1', '--port', String(port)]
  return { path: program, args: ['start', '--home', folder, ...address], cwd: folder, env: {} }
}

function settingsOf({ organisation, secret }: CaOptions) {
  const registrar = {
    name: registrarName,
    pass: secret,
    type: 'client',
    affiliation: '',
    attrs: { 'hf.Registrar.Roles': '*', 'hf.Registrar.Attributes': '*', 'hf.Revoker': true },
  }
  const signingUsage = ['digital signature']
  const tlsUsage = ['signing', 'key encipherment', 'server auth', 'client auth', 'key agreement']
  return {
    ca: { name: organisation },
    registry: { maxenrollments: -1, identities: [registrar] },
    db: { type: 'sqlite3', datasource: 'ca.db' },
    affiliations: {},
    csr: {
      cn: `ca.${organisation}`,
      keyrequest: { algo: 'ecdsa', size: 256 },
      hosts: ['localhost'],
      ca: { expiry: decade, pathlength: 0 },
    },
    signing: {
      default: { usage: signingUsage, expiry: year },
      profiles: {
        tls: { usage: tlsUsage, expiry: year },
        // At most for as long as the authority itself.
        [lastingProfile]: { usage: signingUsage, expiry: decade },
      },
    },
    operations: { listenAddress: '127.0.0.1:0' },
    metrics: { provider: 'disabled' },
  }
}
