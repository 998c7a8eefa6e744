import {
  approveContract,
  commitContract,
  type Definition,
  installContract,
  type LifecyclePeer,
  type LifecyclePlace,
} from '../contracts/lifecycle.ts'
import { mspIdOf } from '../organisation/open-organisation.ts'
import type { ContractRuns } from './contract-runs.ts'
import { approvals, approvedPackage, committedDefinition } from './definitions.ts'
import type { OpenedChannel, WantedContract } from './host-ledger.ts'
import { answers, type PlaceDeps, placeIn } from './places.ts'
import { channelName, keepOrganisation, rootFileOf } from './service-channel.ts'

export type AgreeDeps = PlaceDeps & {
  readonly runs: ContractRuns
  readonly nowMs: () => number
}

/** Each node waits so long for every one before it, and then commits by itself. */
const turnMs = 4000

/** Has the contracts of this node's channels be what their publishers want. */
export class Agreements {
  readonly #deps: AgreeDeps
  /** When enough had agreed to a definition, in milliseconds. */
  readonly #agreedMs = new Map<string, number>()

  constructor(deps: AgreeDeps) {
    this.#deps = deps
  }

  /**
   * One step on: the package runs and is installed here, this organisation agrees, and in its turn
   * makes it count. Undefined once it does, else what it waits for.
   * @throws FABRIC_STEP_FAILED, CONTRACT_PACKAGE_UNKNOWN, ENGINE_*
   */
  async advance(
    service: string,
    channel: OpenedChannel,
    { name, package: packaged, sequence: wanted, policy }: WantedContract,
  ): Promise<string | undefined> {
    const place = await placeIn(channel, this.#deps)
    const made = await this.#deps.runs.run(packaged)
    await installContract(place, made)
    const named = { channel: channelName(service), name }
    const version = String(wanted)
    const committed = await committedDefinition(place, named)
    const counts = committed?.version === version
    const sequence = (committed?.sequence ?? 0) + (counts ? 0 : 1)
    const definition: Definition = {
      ...{ ...named, version, sequence },
      ...(policy === undefined ? {} : { policy }),
    }
    if ((await approvedPackage(place, definition)) !== made.id) {
      await approveContract(place, definition, made.id)
    }
    if (counts) return undefined
    return this.#commit(place, definition, channel)
  }

  async #commit(
    place: LifecyclePlace,
    definition: Definition,
    { nodes }: OpenedChannel,
  ): Promise<string | undefined> {
    const agreed = await approvals(place, definition)
    const most = Math.floor(nodes.length / 2) + 1
    const agreeing = nodes.filter((node) => agreed.has(mspIdOf(node)))
    if (agreeing.length < most) {
      const absent = nodes.filter((node) => !agreeing.includes(node)).join(', ')
      return `the organisations of ${absent} have not agreed to ${definition.name} yet`
    }
    if (!this.#isTurn(`${definition.channel} ${definition.name} ${definition.version}`, nodes)) {
      return `${definition.name} is about to be committed`
    }
    await commitContract(place, definition, await this.#peers(agreeing, most))
    return undefined
  }

  #isTurn(name: string, nodes: readonly string[]): boolean {
    const { node, nowMs } = this.#deps
    const since = this.#agreedMs.get(name) ?? nowMs()
    this.#agreedMs.set(name, since)
    return nowMs() - since >= nodes.indexOf(node) * turnMs
  }

  /** Of those that agreed so many that answer, this node's own first. */
  async #peers(nodes: readonly string[], most: number): Promise<LifecyclePeer[]> {
    const { node: own, ledger, organisation } = this.#deps
    const { folder } = organisation.options
    const found: LifecyclePeer[] = []
    for (const node of nodes.toSorted((a, b) => Number(b === own) - Number(a === own))) {
      const facts = ledger.organisation(node)
      if (!facts || found.length === most || !(await answers(facts.peer))) continue
      await keepOrganisation(folder, node, facts)
      found.push({ address: facts.peer, root: rootFileOf(folder, node) })
    }
    return found
  }
}
