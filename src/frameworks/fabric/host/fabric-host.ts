import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { isCodedError } from '@openbsn/sdk'
import { organisationPeer } from '../channels/open-channel.ts'
import type { ContractProgress, ContractStep } from '../contract-progress.ts'
import type { HostedChannel } from '../hosted-channel.ts'
import type { Organisation } from '../organisation/open-organisation.ts'
import { packageError } from '../packages/errors.ts'
import { joinGrown, leaveShrunk, leftServices } from './channel-members.ts'
import type { ContractRuns } from './contract-runs.ts'
import type { FabricHostDeps, FabricHostOptions } from './host-deps.ts'
import type { WantedContract, WantedService } from './host-ledger.ts'
import { PortsFile } from './ports-file.ts'
import { type Renewals, renewalsEveryMs } from './renewals.ts'
import { type Running, registerOrganisation, runOrganisation } from './run-organisation.ts'
import { channelName, enterChannel, newChannel } from './service-channel.ts'
import { WantedPackages } from './wanted-packages.ts'

/** Fabric of this node: runs what the alliance's ledger wants of it, one step after the other. */
export interface FabricHost {
  /** Undefined until this node is in the channel of the service. */
  hosted(service: string): HostedChannel | undefined
  /** City nodes that the channel of a service is on; none while it is not open. */
  members(service: string): readonly string[]
  /** What a service waits for on this node; undefined where all is as it is wanted. */
  waitsFor(service: string, contract?: string): string | undefined
  /** How far this node is with a contract. */
  progress(service: string, contract: WantedContract): ContractProgress
  /**
   * Keeps a package that a contract is defined with, by the SHA-256 of its bytes in hex.
   * @throws PACKAGE_UNWANTED, PACKAGE_TOO_LARGE, PACKAGE_BUSY, PACKAGE_DIGEST_WRONG
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

const makingText = 'this node makes it as it is defined'
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
  readonly #packages: WantedPackages
  /** Services, and contracts behind a slash, by what they wait for; empty where for nothing. */
  readonly #waiting = new Map<string, string>()
  /** What is done for contracts, or was last, by the same names. */
  readonly #steps = new Map<string, ContractStep>()
  readonly #hosted = new Map<string, HostedChannel>()
  readonly #members = new Map<string, readonly string[]>()
  /** Packages by the contracts that were agreed to with them, as those of `#waiting`. */
  readonly #inUse = new Map<string, string>()
  /** What was wanted of a service when all of it was done. */
  readonly #done = new Map<string, string>()
  /** What was wanted of its channel itself when that was as it is wanted. */
  readonly #settled = new Map<string, string>()
  readonly #wantedMs = new Map<string, number>()
  #running: Promise<Running> | undefined
  #runs: ContractRuns | undefined
  #wake: (() => void) | undefined
  #isTouched = false
  readonly #loop: Promise<void>

  constructor(options: FabricHostOptions, deps: FabricHostDeps) {
    this.#options = options
    this.#deps = deps
    this.#packages = new WantedPackages(deps.ledger)
    this.#ports = new PortsFile(join(options.folder, 'ports.json'), options.host)
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

  progress(service: string, contract: WantedContract): ContractProgress {
    const step = this.#steps.get(`${service}/${contract.name}`)
    return { ...(step ? { step } : {}), ...this.#runs?.found(contract.package) }
  }

  async takePackage(digest: string, bytes: Readable): Promise<void> {
    if (!(await this.#packages.has(digest))) {
      throw packageError('PACKAGE_UNWANTED', `No contract here is defined with ${digest}.`)
    }
    await this.#deps.archives.take(digest, bytes)
    this.touched()
  }

  touched(): void {
    this.#isTouched = true
    this.#wake?.()
    this.#packages.touched()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#wake?.()
    this.#packages.close()
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
    for (const { service, contracts } of wanted.filter((each) => !this.#isDone(each))) {
      for (const { name } of contracts) this.#expect(`${service}/${name}`)
    }
    if (node === undefined) return 'waits'
    let running: Running
    try {
      running = await this.#start(node)
      await this.#renew(running, wanted)
      const refused = await registerOrganisation(running, this.#deps.ledger)
      if (refused !== undefined) return this.#allWait(wanted, refused)
    } catch (error) {
      this.#allFail(wanted, error)
      return 'failed'
    }
    const outcomes = [await this.#leave(wanted, running)]
    for (const one of wanted) outcomes.push(await this.#serve(one, running))
    const packages = wanted.flatMap(({ contracts }) => contracts.map((one) => one.package))
    await running.runs.keepOnly(new Set([...packages, ...this.#inUse.values()]))
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

  /** What was done may not be as it is wanted any more. */
  #expect(name: string): void {
    if (this.#waiting.get(name) !== '') return
    this.#waiting.set(name, makingText)
    this.#steps.delete(name)
  }

  #failed(service: string, error: unknown, name = service): Outcome {
    const text = error instanceof Error ? error.message : String(error)
    const told = isCodedError(error) ? `${error.code}: ${text}` : text
    if (this.#waiting.get(name) === told) return 'failed'
    this.#waiting.set(name, told)
    this.#deps.onNotice({ level: 'warn', service, text: told, err: error })
    return 'failed'
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
    const { signal } = this.#closing
    const kept = { ports: this.#ports, signal }
    const running = await runOrganisation(node, this.#options, { ...this.#deps, ...kept })
    this.#runs = running.runs
    return running
  }

  #isDone(wanted: WantedService): boolean {
    return this.#done.get(wanted.service) === this.#textOf(wanted)
  }

  /** The same for what is the same. */
  #textOf(wanted: WantedService): string {
    return JSON.stringify([this.#channelTextOf(wanted), wanted.contracts])
  }

  #channelTextOf({ isRunning, nodes, channel, change }: WantedService): string {
    const orderersOf = (node: string) => {
      const { orderer, bftOrderer } = this.#deps.ledger.organisation(node) ?? {}
      return [orderer, bftOrderer]
    }
    const orderers = [...nodes, ...(channel?.nodes ?? [])].map(orderersOf)
    const open = change?.open && [...change.open.signed.keys()]
    return JSON.stringify([isRunning, nodes, channel?.nodes, change?.number, open, orderers])
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
    this.#settled.delete(service)
    this.#members.delete(service)
    for (const name of this.#inUse.keys()) {
      if (name.startsWith(`${service}/`)) this.#inUse.delete(name)
    }
    if (this.#hosted.delete(service)) this.#deps.onHosted(service)
  }

  async #serve(wanted: WantedService, running: Running): Promise<Outcome> {
    const { service, contracts } = wanted
    if (this.#isDone(wanted)) {
      // What failed before it was looked at may have been said of it, too.
      this.#waiting.set(service, '')
      return 'done'
    }
    try {
      const waits = await this.#enter(wanted, running)
      if (waits !== undefined) {
        this.#waiting.set(service, waits)
        return 'waits'
      }
    } catch (error) {
      return this.#failed(service, error)
    }
    // One contract that cannot be had keeps no other, and no change of the channel.
    const outcomes: Outcome[] = []
    for (const one of contracts) outcomes.push(await this.#agree(wanted, one, running))
    outcomes.push(await this.#change(wanted, running))
    const outcome = worstOf(outcomes)
    if (outcome === 'done') this.#done.set(service, this.#textOf(wanted))
    return outcome
  }

  /** Undefined once this node is in the channel of a service, else what it waits for. */
  async #enter(wanted: WantedService, running: Running): Promise<string | undefined> {
    const { service, channel } = wanted
    const { node, organisation, renewals } = running
    if (!channel) return this.#openChannel(wanted, running)
    if (!channel.nodes.includes(node)) {
      this.#hostsNoMore(service)
      const place = { node, organisation, ledger: this.#deps.ledger }
      return (await joinGrown({ ...wanted, channel }, place)) ?? `${node} is to join the channel`
    }
    this.#members.set(service, channel.nodes)
    if (!this.#hosted.has(service)) {
      await enterChannel(organisation, service, channel)
      this.#hosted.set(service, hostedChannel(service, organisation, renewals))
      this.#deps.onHosted(service)
    }
    return undefined
  }

  async #agree(
    { service, channel }: WantedService,
    contract: WantedContract,
    { agreements }: Running,
  ): Promise<Outcome> {
    const name = `${service}/${contract.name}`
    if (!channel) return 'waits'
    try {
      const waits = await agreements.advance(service, channel, contract, (step) => {
        this.#steps.set(name, step)
      })
      this.#waiting.set(name, waits ?? '')
      if (waits !== undefined) return 'waits'
      this.#inUse.set(name, contract.package)
      return 'done'
    } catch (error) {
      return this.#failed(service, error, name)
    }
  }

  /** The channel itself, whose members may be others than the service names. */
  async #change(wanted: WantedService, { changes }: Running): Promise<Outcome> {
    const { service, channel, isRunning } = wanted
    const text = this.#channelTextOf(wanted)
    try {
      const isWanted = channel && isRunning && this.#settled.get(service) !== text
      const waits = isWanted ? await changes.advance({ ...wanted, channel }) : undefined
      this.#waiting.set(service, waits ?? '')
      if (waits !== undefined) return 'waits'
      this.#settled.set(service, text)
      return 'done'
    } catch (error) {
      return this.#failed(service, error)
    }
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

const worstOf = (outcomes: readonly Outcome[]): Outcome =>
  (['failed', 'waits'] as const).find((one) => outcomes.includes(one)) ?? 'done'

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
