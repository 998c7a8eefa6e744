import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newCertificateKey } from '../../../crypto/certificates.ts'
import { createEngine, type Engine } from '../../../engines/engine.ts'
import type { Program } from '../../../engines/guarded-child.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { listens } from '../nodes/listens.ts'
import { ordererProgram } from '../nodes/orderer-program.ts'
import { peerProgram } from '../nodes/peer-program.ts'
import { writeBuilder } from './builder.ts'
import { CaClient, type Enrolled } from './ca-client.ts'
import { caProgram, registrarName } from './ca-program.ts'
import { hasIdentities, makeIdentities, organisationFiles } from './identities.ts'

export type OrganisationOptions = {
  /** Of the member: its membership service provider is called after it. */
  readonly name: string
  readonly folder: string
  /** Where others find its peer and its orderer. */
  readonly host: string
  readonly ports: {
    readonly ca: number
    readonly peer: number
    readonly contracts: number
    readonly orderer: number
    readonly ordererAdmin: number
  }
  /** Folder of Fabric's programs, and the program `fabric-ca-server`. */
  readonly programs: string
  readonly caServer: string
}

export type OrganisationDeps = { readonly clock: Clock }

/** An organisation of Fabric that runs on this node: a peer, an orderer, and who certifies them. */
export interface Organisation {
  readonly options: OrganisationOptions
  readonly mspId: string
  /** Settles when its peer and its orderer listen. @throws ENGINE_*, FABRIC_ENROLL_FAILED */
  start(signal: AbortSignal): Promise<void>
  /** Runs its certificate authority for as long as `run` takes; one at a time. */
  withCa<T>(run: (ca: CaClient, registrar: Enrolled) => Promise<T>): Promise<T>
  stop(): Promise<void>
}

/** Within this a certificate authority answers from its start on. */
const caTimeoutMs = 30_000

const loopback = '127.0.0.1'

/** What Fabric calls a member's organisation. */
export const mspIdOf = (name: string): string => `${name}MSP`

/** Starts nothing yet. */
export function createOrganisation(
  options: OrganisationOptions,
  { clock }: OrganisationDeps,
): Organisation {
  const { name, folder, host, ports, programs, caServer } = options
  const mspId = mspIdOf(name)
  const files = organisationFiles(folder)
  let running: Engine[] = []
  let certifying: Promise<unknown> = Promise.resolve()

  /** It runs once something listens at its place. */
  async function run(
    engine: string,
    program: Program,
    at: { readonly host: string; readonly port: number },
    signal: AbortSignal,
  ) {
    const made = createEngine(
      { name: engine, program, folder: join(folder, 'engines', engine), probeIntervalMs: 200 },
      { clock, probe: () => listens(at.port, at.host) },
    )
    running.push(made)
    await made.start(signal)
    return made
  }

  /** The certificate authority runs only while something is to be certified. */
  async function withCa<T>(
    signal: AbortSignal,
    use: (ca: CaClient, registrar: Enrolled) => Promise<T>,
  ): Promise<T> {
    const secret = await secretIn(folder)
    const place = { program: caServer, folder: join(folder, 'ca'), organisation: name }
    const program = await caProgram({ ...place, port: ports.ca, secret })
    const engine = await run('fabric-ca', program, { host: loopback, port: ports.ca }, signal)
    try {
      const ca = new CaClient(`http://${loopback}:${ports.ca}`)
      const registrar = { name: registrarName, secret, key: newCertificateKey() }
      return await use(ca, await ca.enroll(registrar))
    } finally {
      running = running.filter((one) => one !== engine)
      await engine.stop()
    }
  }

  /** One at a time: it has one port. */
  function inTurn<T>(certify: () => Promise<T>): Promise<T> {
    const made = certifying.then(certify)
    certifying = made.catch(() => undefined)
    return made
  }

  return {
    options,
    mspId,
    withCa: (use) => inTurn(() => withCa(AbortSignal.timeout(caTimeoutMs), use)),
    async start(signal) {
      if (!(await hasIdentities(folder))) {
        // Tools of this machine come by loopback.
        const hosts = [...new Set([host, loopback, 'localhost'])]
        await inTurn(() => withCa(signal, (...ca) => makeIdentities(folder, ca, { hosts })))
      }
      const builder = join(folder, 'builder')
      await writeBuilder(builder)
      const orderer = await ordererProgram({
        ...{ program: join(programs, 'orderer'), folder: join(folder, 'orderer'), mspId, host },
        ...{ identity: files.of('orderer'), port: ports.orderer, adminPort: ports.ordererAdmin },
      })
      const peer = await peerProgram({
        ...{ program: join(programs, 'peer'), folder: join(folder, 'peer'), mspId, host, builder },
        ...{ identity: files.of('peer'), port: ports.peer, contractPort: ports.contracts },
      })
      await Promise.all([
        run('orderer', orderer, { host, port: ports.orderer }, signal),
        run('peer', peer, { host, port: ports.peer }, signal),
      ])
    },
    async stop() {
      await Promise.all(running.map((engine) => engine.stop()))
      running = []
    },
  }
}

/** What the registrar enrols with; made once. */
async function secretIn(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'registrar.secret')
  const made = randomBytes(24).toString('hex')
  await writeFile(path, made, { mode: 0o600, flag: 'wx' }).catch(() => undefined)
  return readFile(path, 'utf8')
}
