import { createHash, randomBytes } from 'node:crypto'
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
import {
  endingIdentities,
  type IdentityName,
  makeIdentities,
  missingIdentities,
  organisationFiles,
  renewIdentity,
} from './identities.ts'
import { type OrdererPorts, type Ordering, ordererOf } from './orderers.ts'

export type OrganisationOptions = {
  /** Of the member: its membership service provider is called after it. */
  readonly name: string
  readonly folder: string
  /** Where others find its peer and its orderers. */
  readonly host: string
  readonly ports: OrdererPorts & {
    readonly ca: number
    readonly peer: number
    readonly contracts: number
  }
  /** Folder of Fabric's programs, and the program `fabric-ca-server`. */
  readonly programs: string
  readonly caServer: string
}

export type OrganisationDeps = { readonly clock: Clock }

/** An organisation of Fabric that runs on this node: a peer, orderers, and who certifies them. */
export interface Organisation {
  readonly options: OrganisationOptions
  readonly mspId: string
  /** Settles when its peer listens. @throws ENGINE_*, FABRIC_ENROLL_FAILED */
  start(signal: AbortSignal): Promise<void>
  /**
   * Has it order channels of this kind: settles when that orderer listens, which runs from then on.
   * @throws ENGINE_*
   */
  orders(ordering: Ordering): Promise<void>
  /**
   * Has certificates that end within some weeks issued anew, for the same keys; its programs start
   * again with theirs. Settles with whose those were. @throws FABRIC_ENROLL_FAILED, ENGINE_*
   */
  renew(signal: AbortSignal): Promise<readonly IdentityName[]>
  /** Runs its certificate authority for as long as `run` takes; one at a time. */
  withCa<T>(run: (ca: CaClient, registrar: Enrolled) => Promise<T>): Promise<T>
  stop(): Promise<void>
}

/** Within this a certificate authority answers from its start on. */
const caTimeoutMs = 30_000
/** Within this an orderer listens. */
const ordererTimeoutMs = 60_000

/** Certificates are for a year. Nodes of one day are renewed on different days of a week. */
const renewedAheadDays = 30
const spreadDays = (name: string) => (createHash('sha256').update(name).digest()[0] ?? 0) % 7
const dayMs = 86_400_000
const programNames = ['peer', 'orderer', 'bft-orderer'] as const
type ProgramName = (typeof programNames)[number]

/** What Fabric calls a member's organisation. */
export const mspIdOf = (name: string): string => `${name}MSP`

/** Starts nothing yet. */
export function createOrganisation(
  options: OrganisationOptions,
  { clock }: OrganisationDeps,
): Organisation {
  return new OwnOrganisation(options, clock)
}

class OwnOrganisation implements Organisation {
  readonly options: OrganisationOptions
  readonly mspId: string
  readonly #clock: Clock
  readonly #running = new Map<string, Engine>()
  readonly #ordering = new Map<Ordering, Promise<void>>()
  /** Programs that run with a certificate that was renewed since. */
  readonly #behind = new Set<ProgramName>()
  #certifying: Promise<unknown> = Promise.resolve()

  constructor(options: OrganisationOptions, clock: Clock) {
    this.options = options
    this.mspId = mspIdOf(options.name)
    this.#clock = clock
  }

  withCa<T>(use: (ca: CaClient, registrar: Enrolled) => Promise<T>): Promise<T> {
    return this.#certify(AbortSignal.timeout(caTimeoutMs), (...ca) => use(...ca))
  }

  async start(signal: AbortSignal): Promise<void> {
    const { folder, host, ports, programs } = this.options
    const missing = await missingIdentities(folder)
    if (missing.length > 0) {
      await this.#certify(signal, (...ca) =>
        makeIdentities(folder, missing, { ca, hosts: this.#hosts }),
      )
    }
    // Of a node that was off for long: its programs do not start with a certificate that ended.
    await this.#renewEnding(0, signal)
    const files = organisationFiles(folder)
    const builder = join(folder, 'builder')
    await writeBuilder(builder)
    const own = { mspId: this.mspId, host }
    const peer = await peerProgram({
      ...{ program: join(programs, 'peer'), folder: join(folder, 'peer'), ...own, builder },
      ...{ identity: files.of('peer'), port: ports.peer, contractPort: ports.contracts },
    })
    await this.#run('peer', peer, { host, port: ports.peer }, signal)
  }

  orders(ordering: Ordering): Promise<void> {
    const started = this.#ordering.get(ordering) ?? this.#startOrderer(ordering)
    this.#ordering.set(ordering, started)
    started.then(undefined, () => this.#ordering.delete(ordering))
    return started
  }

  async #startOrderer(ordering: Ordering): Promise<void> {
    const signal = AbortSignal.timeout(ordererTimeoutMs)
    const { folder, host, programs } = this.options
    const { name, ...orderer } = ordererOf(this.options, ordering)
    const own = { mspId: this.mspId, host, ordering, ...orderer }
    const place = { program: join(programs, 'orderer'), folder: join(folder, name) }
    const program = await ordererProgram({ ...place, ...own })
    try {
      await this.#run(name, program, { host, port: orderer.port }, signal)
      await untilListens(orderer.adminPort, signal)
    } catch (error) {
      await this.#running.get(name)?.stop()
      this.#running.delete(name)
      throw error
    }
  }

  async renew(signal: AbortSignal): Promise<readonly IdentityName[]> {
    const aheadDays = renewedAheadDays + spreadDays(this.options.name)
    const ending = await this.#renewEnding(aheadDays * dayMs, signal)
    for (const one of programNames.filter((each) => ending.includes(each))) this.#behind.add(one)
    for (const program of this.#behind) {
      await this.#running.get(program)?.stop()
      await this.#running.get(program)?.start(signal)
      this.#behind.delete(program)
    }
    return ending
  }

  /** Within so long from now. */
  async #renewEnding(withinMs: number, signal: AbortSignal): Promise<IdentityName[]> {
    const { folder } = this.options
    const ending = await endingIdentities(folder, this.#clock.nowSeconds() * 1000 + withinMs)
    if (ending.length > 0) {
      await this.#certify(signal, async (...ca) => {
        for (const one of ending) await renewIdentity(folder, one, { ca, hosts: this.#hosts })
      })
    }
    return ending
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map((engine) => engine.stop()))
    this.#running.clear()
    this.#ordering.clear()
  }

  get #hosts(): readonly string[] {
    // Tools of this machine come by loopback.
    return [...new Set([this.options.host, '127.0.0.1', 'localhost'])]
  }

  async #run(
    name: string,
    program: Program,
    { host, port }: { readonly host: string; readonly port: number },
    signal: AbortSignal,
  ): Promise<Engine> {
    const folder = join(this.options.folder, 'engines', name)
    const engine = createEngine(
      { name, program, folder, probeIntervalMs: 200, listens: [{ host, port }] },
      { clock: this.#clock, probe: () => listens(port, host) },
    )
    this.#running.set(name, engine)
    await engine.start(signal)
    return engine
  }

  /** One at a time: the certificate authority has one port. */
  #certify<T>(
    signal: AbortSignal,
    use: (ca: CaClient, registrar: Enrolled) => Promise<T>,
  ): Promise<T> {
    const made = this.#certifying.then(() => this.#withCa(signal, use))
    this.#certifying = made.catch(() => undefined)
    return made
  }

  /** The certificate authority runs only while something is to be certified. */
  async #withCa<T>(
    signal: AbortSignal,
    use: (ca: CaClient, registrar: Enrolled) => Promise<T>,
  ): Promise<T> {
    const { folder, name, ports, caServer } = this.options
    const secret = await secretIn(folder)
    const place = { program: caServer, folder: join(folder, 'ca'), organisation: name }
    const program = await caProgram({ ...place, port: ports.ca, secret })
    const at = { host: '127.0.0.1', port: ports.ca }
    const engine = await this.#run('fabric-ca', program, at, signal)
    try {
      const ca = new CaClient(`http://${at.host}:${at.port}`)
      const registrar = { name: registrarName, secret, key: newCertificateKey() }
      return await use(ca, await ca.enroll(registrar))
    } finally {
      this.#running.delete('fabric-ca')
      await engine.stop()
    }
  }
}

/** An orderer listens for its administrator a moment later than for others. */
async function untilListens(port: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    const isThere = await listens(port).then(
      () => true,
      () => false,
    )
    if (isThere) return
    await new Promise((resolve) => setTimeout(resolve, 50))
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
