import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { isCodedError } from '@openbsn/sdk'
import type { Environment } from '../../../engines/go-build.ts'
import { pause } from '../../../engines/pause.ts'
import type { Clock } from '../../../kernel/clock.ts'
import type { ChainNotice } from '../../chain-notice.ts'
import type { PeerClient } from '../channels/connect-channel.ts'
import { connectOrganisation, organisationPeer } from '../channels/open-channel.ts'
import type { HostedChannel } from '../hosted-channel.ts'
import { organisationFiles } from '../organisation/identities.ts'
import { createOrganisation, type Organisation } from '../organisation/open-organisation.ts'
import { Archives } from '../packages/archives.ts'
import { packageError } from '../packages/errors.ts'
import { Agreements } from './agree.ts'
import { ContractRuns } from './contract-runs.ts'
import type { HostLedger, OrganisationFacts, WantedContract, WantedService } from './host-ledger.ts'
import { PortsFile } from './ports-file.ts'
import { channelName, enterChannel, newChannel } from './service-channel.ts'

export type FabricHostOptions = {
  /** For all that this node has of Fabric; made where absent. */
  readonly folder: string
  /** Where others find its peer and its orderer. */
  readonly host: string
  /** Where tools are that packages of contracts are built with. */
  readonly env: Environment
}

export type FabricHostDeps = {
  readonly ledger: HostLedger
  /** The name of this node in the alliance; undefined until it is registered. */
  readonly node: () => string | undefined
  readonly findPrograms: () => Promise<Programs>
  readonly clock: Clock
  readonly nowMs: () => number
  readonly onNotice: (notice: ChainNotice) => void
  /** Its peer is in the channel of a service. */
  readonly onHosted: (service: string) => void
}

export type Programs = { readonly folder: string; readonly caServer: string }

/** Fabric of this node: runs what the alliance's ledger wants of it, one step after the other. */
export interface FabricHost {
  /** Undefined until this node is in the channel of the service. */
  hosted(service: string): HostedChannel | undefined
  /** City nodes that the channel of a service is on; none while it is not open. */
  members(service: string): readonly string[]
  /**
   * What a service, or one of its contracts, waits for on this node; undefined where it is as it
   * is wanted.
   */
  waitsFor(service: string, contract?: string): string | undefined
  /**
   * Keeps a package that a contract is defined with, by the SHA-256 of its bytes in hex.
   * @throws PACKAGE_UNWANTED, PACKAGE_TOO_LARGE, PACKAGE_DIGEST_WRONG
   */
  takePackage(digest: string, bytes: Readable): Promise<void>
  /** The ledger may want something else now. */
  touched(): void
  close(): Promise<void>
}

export function createFabricHost(options: FabricHostOptions, deps: FabricHostDeps): FabricHost {
  return new Host(options, deps)
}

type Outcome = 'done' | 'waits' | 'failed'

function worstOf(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.includes('failed')) return 'failed'
  return outcomes.includes('waits') ? 'waits' : 'done'
}

type Running = {
  readonly node: string
  readonly organisation: Organisation
  readonly client: PeerClient
  readonly runs: ContractRuns
  readonly agreements: Agreements
}

const makingText = 'this node makes it as it is defined'
const startTimeoutMs = 180_000
/** Between two looks at what is not done yet; after a failure twice as long each time. */
const [waitMs, waitMsMax] = [500, 30_000]
/** For each node in front of it one waits so long before it opens a channel itself. */
const openTurnMs = 10_000

/** Until its digest is known, anybody may send anything. */
const takesMax = 4

class Host implements FabricHost {
  readonly #options: FabricHostOptions
  readonly #deps: FabricHostDeps
  readonly #closing = new AbortController()
  readonly #ports: PortsFile
  readonly #archives: Archives
  /** Services, and contracts behind a slash, by what they wait for; empty where for nothing. */
  readonly #waiting = new Map<string, string>()
  readonly #hosted = new Map<string, HostedChannel>()
  readonly #members = new Map<string, readonly string[]>()
  /** What was wanted of a service when all of it was done. */
  readonly #done = new Map<string, string>()
  readonly #wantedMs = new Map<string, number>()
  #running: Promise<Running> | undefined
  #wake: (() => void) | undefined
  #isTouched = false
  /** Packages that are being sent. */
  #takes = 0
  readonly #loop: Promise<void>

  constructor(options: FabricHostOptions, deps: FabricHostDeps) {
    this.#options = options
    this.#deps = deps
    this.#ports = new PortsFile(join(options.folder, 'ports.json'), options.host)
    this.#archives = new Archives(join(options.folder, 'archives'))
    this.#loop = this.#run()
  }

  hosted(service: string): HostedChannel | undefined {
    return this.#hosted.get(service)
  }

  members(service: string): readonly string[] {
    return this.#members.get(service) ?? []
  }

  waitsFor(service: string, contract?: string): string | undefined {
    const ofService = this.#waiting.get(service) ?? makingText
    const ofContract = contract === undefined ? '' : this.#waiting.get(`${service}/${contract}`)
    const waiting = ofService === '' ? (ofContract ?? makingText) : ofService
    if (waiting !== '') return waiting
    return this.#isTouched ? makingText : undefined
  }

  async takePackage(digest: string, bytes: Readable): Promise<void> {
    const wanted = this.#deps.ledger.services().flatMap(({ contracts }) => contracts)
    if (!wanted.some((one) => one.package === digest)) {
      throw packageError('PACKAGE_UNWANTED', `No contract here is defined with ${digest}.`)
    }
    if (this.#takes >= takesMax) {
      const message = `${takesMax} packages are being sent now.`
      throw packageError('PACKAGE_BUSY', message, { retryable: true })
    }
    this.#takes++
    try {
      await this.#archives.take(digest, bytes)
    } finally {
      this.#takes--
    }
    this.touched()
  }

  touched(): void {
    this.#isTouched = true
    this.#wake?.()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#wake?.()
    await this.#loop
    const running = await this.#running?.catch(() => undefined)
    running?.client.close()
    await running?.runs.close()
    await running?.organisation.stop()
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    let failures = 0
    while (!signal.aborted) {
      this.#isTouched = false
      const outcome = await this.#look()
      failures = outcome === 'failed' ? failures + 1 : 0
      if (this.#isTouched) continue
      if (outcome === 'done') await this.#untilTouched()
      else await this.#untilTouched(Math.min(waitMs * 2 ** failures, waitMsMax))
    }
  }

  /** Until the ledger may want something else, or for so long at most. */
  async #untilTouched(timeoutMs?: number): Promise<void> {
    if (this.#closing.signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const ended = new AbortController()
    const late = timeoutMs === undefined ? [] : [pause(timeoutMs, ended.signal)]
    await Promise.race([promise, ...late])
    ended.abort()
    this.#wake = undefined
  }

  /** Goes one step on with everything. Never throws. */
  async #look(): Promise<Outcome> {
    const node = this.#deps.node()
    const wanted = this.#deps.ledger.services()
    if (wanted.length === 0) return 'done'
    for (const { service, contracts } of wanted.filter((each) => !this.#isDone(each))) {
      for (const { name } of contracts) this.#expect(`${service}/${name}`)
    }
    if (node === undefined) return 'waits'
    let running: Running
    try {
      running = await this.#start(node)
      const refused = await this.#register(running)
      if (refused !== undefined) return this.#allWait(wanted, refused)
    } catch (error) {
      this.#allFail(wanted, error)
      return 'failed'
    }
    const outcomes: Outcome[] = []
    for (const one of wanted) outcomes.push(await this.#serve(one, running))
    return worstOf(outcomes)
  }

  #allWait(wanted: readonly WantedService[], why: string): 'waits' {
    for (const { service } of wanted) this.#waiting.set(service, why)
    return 'waits'
  }

  #allFail(wanted: readonly WantedService[], error: unknown): void {
    for (const { service } of wanted) this.#failed(service, error)
  }

  /** What was done may not be as it is wanted any more. */
  #expect(name: string): void {
    if (this.#waiting.get(name) === '') this.#waiting.set(name, makingText)
  }

  #failed(service: string, error: unknown, name = service): void {
    const text = error instanceof Error ? error.message : String(error)
    const told = isCodedError(error) ? `${error.code}: ${text}` : text
    if (this.#waiting.get(name) === told) return
    this.#waiting.set(name, told)
    this.#deps.onNotice({ level: 'warn', service, text: told, err: error })
  }

  /** The organisation of this node, started once; what failed is tried again. */
  #start(node: string): Promise<Running> {
    this.#running ??= this.#open(node)
    this.#running.catch(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #open(node: string): Promise<Running> {
    const { folder, host } = this.#options
    const { findPrograms, clock, ledger, nowMs } = this.#deps
    const { folder: programs, caServer } = await findPrograms()
    const port = (name: string) => this.#ports.of(name)
    const ports = {
      ca: await port('ca'),
      peer: await port('peer'),
      contracts: await port('contracts'),
      orderer: await port('orderer'),
      ordererAdmin: await port('orderer admin'),
    }
    const made = { name: node, folder, host, ports, programs, caServer }
    const organisation = createOrganisation(made, { clock })
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(startTimeoutMs)])
    try {
      await organisation.start(signal)
    } catch (error) {
      await organisation.stop()
      throw error
    }
    const client = await connectOrganisation(organisation)
    const kept = { ports: this.#ports, archives: this.#archives }
    const runs = new ContractRuns({ folder, env: this.#options.env }, { clock, ...kept })
    const agreements = new Agreements({ organisation, node, ledger, runs, nowMs })
    return { node, organisation, client, runs, agreements }
  }

  /** Says to the ledger where the organisation is, where it does not have that. */
  async #register({ node, organisation }: Running): Promise<string | undefined> {
    const { folder, host, ports } = organisation.options
    const files = organisationFiles(folder)
    const [root, certificate] = await Promise.all(
      [files.root, files.of('orderer').tls.certificate].map((path) => readFile(path, 'utf8')),
    )
    const facts: OrganisationFacts = {
      root: root ?? '',
      peer: `${host}:${ports.peer}`,
      orderer: { address: `${host}:${ports.orderer}`, certificate: certificate ?? '' },
    }
    const known = this.#deps.ledger.organisation(node)
    if (known && isSame(known, facts)) return undefined
    return this.#deps.ledger.registerOrganisation(facts)
  }

  #isDone(wanted: WantedService): boolean {
    return this.#done.get(wanted.service) === textOf(wanted)
  }

  async #serve(wanted: WantedService, running: Running): Promise<Outcome> {
    const { service } = wanted
    if (this.#isDone(wanted)) return 'done'
    try {
      const waits = await this.#enter(wanted, running)
      this.#waiting.set(service, waits ?? '')
      if (waits !== undefined) return 'waits'
    } catch (error) {
      this.#failed(service, error)
      return 'failed'
    }
    const outcomes: Outcome[] = []
    for (const one of wanted.contracts) outcomes.push(await this.#agree(wanted, one, running))
    const outcome = worstOf(outcomes)
    if (outcome === 'done') this.#done.set(service, textOf(wanted))
    return outcome
  }

  /** One contract that cannot be had keeps no other. */
  async #agree(
    { service, channel }: WantedService,
    contract: WantedContract,
    { agreements }: Running,
  ): Promise<Outcome> {
    const name = `${service}/${contract.name}`
    if (!channel) return 'waits'
    try {
      const waits = await agreements.advance(service, channel, contract)
      this.#waiting.set(name, waits ?? '')
      return waits === undefined ? 'done' : 'waits'
    } catch (error) {
      this.#failed(service, error, name)
      return 'failed'
    }
  }

  /** Undefined once this node is in the channel of a service, else what it waits for. */
  async #enter(wanted: WantedService, running: Running): Promise<string | undefined> {
    const { service, channel } = wanted
    const { node, organisation, client } = running
    if (!channel) return this.#openChannel(wanted, running)
    if (!channel.nodes.includes(node)) return `the channel was opened without ${node}`
    if (!this.#hosted.has(service)) {
      await enterChannel(organisation, service, channel)
      this.#members.set(service, channel.nodes)
      this.#hosted.set(service, hostedChannel(service, organisation, client))
      this.#deps.onHosted(service)
    }
    return undefined
  }

  /** The first of the nodes opens the channel once all are there, and others where it does not. */
  async #openChannel(
    { service, nodes: named }: WantedService,
    { node, organisation }: Running,
  ): Promise<string> {
    const { ledger, nowMs } = this.#deps
    const nodes = named.length === 0 ? [node] : named
    const absent = nodes.filter((one) => !ledger.organisation(one))
    if (absent.length > 0) return `the organisations of ${absent.join(', ')} are not registered yet`
    const since = this.#wantedMs.get(service) ?? nowMs()
    this.#wantedMs.set(service, since)
    const turn = nodes.indexOf(node) * openTurnMs
    if (nowMs() - since < turn) return `${nodes[0]} is to open the channel`
    const made = await newChannel(organisation, { service, nodes }, ledger)
    const refused = await ledger.openChannel({ service, ...made })
    return refused ?? 'the channel is opened'
  }
}

/** The same for what is the same. */
const textOf = ({ channel, contracts }: WantedService) =>
  JSON.stringify([channel?.nodes, contracts])

function isSame(known: OrganisationFacts, facts: OrganisationFacts): boolean {
  return (
    known.root === facts.root &&
    known.peer === facts.peer &&
    known.orderer?.address === facts.orderer?.address &&
    known.orderer?.certificate === facts.orderer?.certificate
  )
}

function hostedChannel(
  service: string,
  organisation: Organisation,
  client: PeerClient,
): HostedChannel {
  return {
    name: channelName(service),
    mspId: organisation.mspId,
    client,
    connectAs: (identity) => organisationPeer(organisation, identity),
    withCa: (run) => organisation.withCa(run),
  }
}
