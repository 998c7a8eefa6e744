import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isCodedError } from '@openbsn/sdk'
import type { Clock } from '../../../kernel/clock.ts'
import type { ChainNotice } from '../../chain-notice.ts'
import { organisationPeer } from '../channels/open-channel.ts'
import type { HostedChannel } from '../hosted-channel.ts'
import { organisationFiles } from '../organisation/identities.ts'
import { createOrganisation, type Organisation } from '../organisation/open-organisation.ts'
import { Agreements } from './agree.ts'
import { ChannelChanges } from './channel-changes.ts'
import { joinGrown, leaveShrunk, leftServices } from './channel-members.ts'
import { ContractRuns } from './contract-runs.ts'
import type { HostLedger, OrganisationFacts, WantedService } from './host-ledger.ts'
import { PortsFile } from './ports-file.ts'
import { Renewals, renewalsEveryMs } from './renewals.ts'
import { channelName, enterChannel, newChannel } from './service-channel.ts'

export type FabricHostOptions = {
  /** For all that this node has of Fabric; made where absent. */
  readonly folder: string
  /** Where others find its peer and its orderer. */
  readonly host: string
}

export type FabricHostDeps = {
  readonly ledger: HostLedger
  /** The name of this node in the alliance; undefined until it is registered. */
  readonly node: () => string | undefined
  readonly findPrograms: () => Promise<Programs>
  readonly clock: Clock
  readonly nowMs: () => number
  readonly onNotice: (notice: ChainNotice) => void
  /** Its peer is in the channel of a service, or is no more. */
  readonly onHosted: (service: string) => void
}

export type Programs = { readonly folder: string; readonly caServer: string }

/** Fabric of this node: runs what the alliance's ledger wants of it, one step after the other. */
export interface FabricHost {
  /** Undefined until this node is in the channel of the service. */
  hosted(service: string): HostedChannel | undefined
  /** City nodes that the channel of a service is on; none while it is not open. */
  members(service: string): readonly string[]
  /** What a service waits for on this node; undefined where all is as it is wanted. */
  waitsFor(service: string): string | undefined
  /** The ledger may want something else now. */
  touched(): void
  close(): Promise<void>
}

export function createFabricHost(options: FabricHostOptions, deps: FabricHostDeps): FabricHost {
  return new Host(options, deps)
}

type Running = {
  readonly node: string
  readonly organisation: Organisation
  readonly renewals: Renewals
  readonly runs: ContractRuns
  readonly agreements: Agreements
  readonly changes: ChannelChanges
}

type Outcome = 'done' | 'waits' | 'failed'

const makingText = 'this node makes it as it is defined'
const startTimeoutMs = 180_000
/** Between two looks, at most; of those at what is not done yet each takes twice as long. */
const pausesMsMax = { done: renewalsEveryMs, waits: 2000, failed: 30_000 }
const pauseMsMin = 500

const pauseMs = (outcome: Outcome, before: number) =>
  outcome === 'done' ? pausesMsMax.done : Math.min(pauseMsMin * 2 ** before, pausesMsMax[outcome])

/** For each node in front of it one waits so long before it opens a channel itself. */
const openTurnMs = 10_000

class Host implements FabricHost {
  readonly #options: FabricHostOptions
  readonly #deps: FabricHostDeps
  readonly #closing = new AbortController()
  readonly #ports: PortsFile
  /** Services by what they wait for; an empty text where they do not. */
  readonly #waiting = new Map<string, string>()
  readonly #hosted = new Map<string, HostedChannel>()
  readonly #members = new Map<string, readonly string[]>()
  /** What was wanted of a service when all of it was done. */
  readonly #done = new Map<string, string>()
  readonly #wantedMs = new Map<string, number>()
  #running: Promise<Running> | undefined
  #wake: (() => void) | undefined
  #isTouched = false
  readonly #loop: Promise<void>

  constructor(options: FabricHostOptions, deps: FabricHostDeps) {
    this.#options = options
    this.#deps = deps
    this.#ports = new PortsFile(join(options.folder, 'ports.json'), options.host)
    this.#loop = this.#run()
  }

  hosted(service: string): HostedChannel | undefined {
    return this.#hosted.get(service)
  }

  members(service: string): readonly string[] {
    return this.#members.get(service) ?? []
  }

  waitsFor(service: string): string | undefined {
    const waiting = this.#waiting.get(service) ?? makingText
    if (waiting !== '') return waiting
    return this.#isTouched ? makingText : undefined
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
    running?.renewals.close()
    await running?.runs.close()
    await running?.organisation.stop()
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    let [last, same]: [Outcome, number] = ['done', 0]
    while (!signal.aborted) {
      this.#isTouched = false
      const outcome = await this.#look()
      same = outcome === last ? same + 1 : 0
      last = outcome
      if (!this.#isTouched) await this.#untilTouched(pauseMs(outcome, same))
    }
  }

  /** Or so long. */
  async #untilTouched(ms: number): Promise<void> {
    if (this.#closing.signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const timer = setTimeout(resolve, ms)
    await promise
    clearTimeout(timer)
    this.#wake = undefined
  }

  /** Goes one step on with everything. Never throws. */
  async #look(): Promise<Outcome> {
    const node = this.#deps.node()
    const wanted = this.#deps.ledger.services()
    if (wanted.length === 0 && !this.#running) return 'done'
    for (const one of wanted.filter((each) => !this.#isDone(each))) {
      if (this.#waiting.get(one.service) === '') this.#waiting.set(one.service, makingText)
    }
    if (node === undefined) return 'waits'
    let running: Running
    try {
      running = await this.#start(node)
      await this.#renew(running, wanted)
      const refused = await this.#register(running)
      if (refused !== undefined) return this.#allWait(wanted, refused)
    } catch (error) {
      this.#allFail(wanted, error)
      return 'failed'
    }
    const outcomes = [await this.#leave(wanted, running)]
    for (const one of wanted) outcomes.push(await this.#serve(one, running))
    return worstOf(outcomes)
  }

  /** Where that fails, all goes on with the certificates that there are. */
  async #renew({ renewals }: Running, wanted: readonly WantedService[]): Promise<void> {
    await renewals.advance().catch((err: unknown) => {
      const text = `certificates are not renewed: ${err instanceof Error ? err.message : err}`
      for (const { service } of wanted) this.#deps.onNotice({ level: 'warn', service, text, err })
    })
  }

  #allWait(wanted: readonly WantedService[], why: string): 'waits' {
    for (const { service } of wanted) this.#waiting.set(service, why)
    return 'waits'
  }

  #allFail(wanted: readonly WantedService[], error: unknown): void {
    for (const { service } of wanted) this.#failed(service, error)
  }

  #failed(service: string, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error)
    const told = isCodedError(error) ? `${error.code}: ${text}` : text
    if (this.#waiting.get(service) === told) return
    this.#waiting.set(service, told)
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
    const renewals = await Renewals.open(organisation, clock)
    const runs = new ContractRuns({ folder }, { clock, ports: this.#ports })
    const own = { organisation, node, ledger, nowMs }
    const agreements = new Agreements({ ...own, runs })
    return { node, organisation, renewals, runs, agreements, changes: new ChannelChanges(own) }
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
    return this.#done.get(wanted.service) === this.#textOf(wanted)
  }

  /** The same for what is the same. */
  #textOf({ isRunning, nodes, channel, change, contracts }: WantedService): string {
    const certificateOf = (node: string) => this.#deps.ledger.organisation(node)?.orderer
    const orderers = [...nodes, ...(channel?.nodes ?? [])].map(certificateOf)
    const open = change?.open && [...change.open.signed.keys()]
    const facts = [isRunning, nodes, channel?.nodes, change?.number, open]
    return JSON.stringify([...facts, orderers, contracts])
  }

  /** What this node was removed from. */
  async #leave(
    wanted: readonly WantedService[],
    { node, organisation }: Running,
  ): Promise<Outcome> {
    const deps = { node, organisation, ledger: this.#deps.ledger }
    const outcomes: Outcome[] = []
    for (const service of await leftServices(wanted, deps)) {
      this.#hostsNoMore(service)
      try {
        const waits = await leaveShrunk(service, deps)
        this.#waiting.set(service, waits ?? `${node} is not in the channel any more`)
        outcomes.push(waits === undefined ? 'done' : 'waits')
      } catch (error) {
        this.#failed(service, error)
        outcomes.push('failed')
      }
    }
    return worstOf(outcomes)
  }

  #hostsNoMore(service: string): void {
    this.#done.delete(service)
    this.#members.delete(service)
    if (this.#hosted.delete(service)) this.#deps.onHosted(service)
  }

  async #serve(wanted: WantedService, running: Running): Promise<Outcome> {
    const { service } = wanted
    if (this.#isDone(wanted)) return 'done'
    try {
      const waits = await this.#advance(wanted, running)
      if (waits === undefined) this.#done.set(service, this.#textOf(wanted))
      this.#waiting.set(service, waits ?? '')
      return waits === undefined ? 'done' : 'waits'
    } catch (error) {
      this.#failed(service, error)
      return 'failed'
    }
  }

  async #advance(wanted: WantedService, running: Running): Promise<string | undefined> {
    const { service, channel, contracts } = wanted
    const { node, organisation, renewals, agreements } = running
    if (!channel) return this.#openChannel(wanted, running)
    if (!channel.nodes.includes(node)) {
      this.#hostsNoMore(service)
      return joinGrown({ ...wanted, channel }, { node, organisation, ledger: this.#deps.ledger })
    }
    this.#members.set(service, channel.nodes)
    if (!this.#hosted.has(service)) {
      await enterChannel(organisation, service, channel)
      this.#hosted.set(service, hostedChannel(service, organisation, renewals))
      this.#deps.onHosted(service)
    }
    const steps = contracts.map((one) => () => agreements.advance(service, channel, one))
    const change = () => running.changes.advance({ ...wanted, channel })
    return allOf(wanted.isRunning ? [...steps, change] : steps)
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

/** One after the other, whatever becomes of one: the last that waits, or the first that failed. */
async function allOf(
  steps: readonly (() => Promise<string | undefined>)[],
): Promise<string | undefined> {
  let waits: string | undefined
  const failures: unknown[] = []
  for (const step of steps) {
    try {
      waits = (await step()) ?? waits
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
  return waits
}

const worstOf = (outcomes: readonly Outcome[]): Outcome =>
  (['failed', 'waits'] as const).find((one) => outcomes.includes(one)) ?? 'done'

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
  renewals: Renewals,
): HostedChannel {
  return {
    name: channelName(service),
    mspId: organisation.mspId,
    get client() {
      return renewals.client
    },
    connectAs: (identity) => organisationPeer(organisation, identity),
    withCa: (run) => organisation.withCa(run),
  }
}
