import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { common } from '@hyperledger/fabric-protos'
import { readConfig, type WantedMember, withMembers } from '../channels/channel-config.ts'
import { computeUpdate, signUpdate, submitUpdate } from '../channels/config-update.ts'
import type { LifecyclePlace } from '../contracts/lifecycle.ts'
import { fabricError } from '../errors.ts'
import { readIdentity } from '../organisation/identities.ts'
import type { Ordering } from '../organisation/orderers.ts'
import type { HostLedger, LastChange, OpenChange, OpenedChannel } from './host-ledger.ts'
import { answers, type PlaceDeps, placesIn } from './places.ts'
import {
  bftOrderersMin,
  channelName,
  channelOrdering,
  keepMember,
  ordererIn,
} from './service-channel.ts'

export type ChangesDeps = PlaceDeps & {
  readonly ledger: Pick<HostLedger, 'organisation' | 'changeChannel' | 'signChange' | 'endChange'>
  readonly nowMs: () => number
}

/** A channel that is open, and what its service wants of it. */
export type ChangingChannel = {
  readonly service: string
  /** City nodes that the service names. */
  readonly nodes: readonly string[]
  readonly channel: OpenedChannel
  readonly change: LastChange | undefined
}

type Open = ChangingChannel & { readonly change: LastChange & { readonly open: OpenChange } }

/** Each node waits so long for every one before it, and then does by itself what is done once. */
const turnMs = 4000
/** A channel keeps so many. */
const nodesMin = { raft: 1, bft: bftOrderersMin } as const satisfies Record<Ordering, number>
/** Of an update that is unpacked: those of hundreds of organisations have less. */
const updateBytesMax = 4 * 1024 * 1024
const level = { level: 9 }

/**
 * Has the channels of this node get the organisations that their services want, one after the
 * other: a change is computed by one node, looked at and signed by each, and submitted by one.
 */
export class ChannelChanges {
  readonly #deps: ChangesDeps
  /** When something was first seen to be left to whose turn it is, in milliseconds. */
  readonly #sinceMs = new Map<string, number>()

  constructor(deps: ChangesDeps) {
    this.#deps = deps
  }

  /**
   * One step on. Undefined once the settings of the channel are as they are wanted, else what it
   * waits for. @throws FABRIC_STEP_FAILED
   */
  async advance(wanted: ChangingChannel): Promise<string | undefined> {
    const { channel, change } = wanted
    if (change?.open) return this.#carryOn({ ...wanted, change: { ...change, open: change.open } })
    const { nodes, absent, staying } = await this.#next(wanted)
    const silent = await this.#silent(wanted, nodes)
    if (silent !== undefined) return silent
    const settings = await this.#settings(wanted)
    const update = await this.#updateTo(nodes, wanted, settings)
    if (update || nodes.length !== channel.nodes.length) {
      return this.#begin(wanted, nodes, update)
    }
    if (absent.length > 0) {
      return `the organisations of ${absent.join(', ')} are not registered yet`
    }
    if (staying === undefined) return undefined
    return `${staying} stays until others are there: ordering by BFT takes ${bftOrderersMin} nodes`
  }

  /** The nodes of a channel after one step to what its service names. */
  async #next({ nodes: named, channel }: ChangingChannel): Promise<Next> {
    const present = channel.nodes
    if (named.length === 0) return { nodes: present, absent: [] }
    const ordering = await channelOrdering(channel)
    const missing = named.filter((node) => !present.includes(node))
    const absent = missing.filter((node) => !this.#orderer(node, ordering))
    const joining = missing.find((node) => !absent.includes(node))
    if (joining !== undefined) return { nodes: [...present, joining], absent }
    const leaving = present.find((node) => !named.includes(node))
    const rest = present.filter((node) => node !== leaving)
    if (rest.length < nodesMin[ordering]) return { nodes: present, absent, staying: leaving }
    return { nodes: rest, absent }
  }

  #orderer(node: string, ordering: Ordering) {
    const facts = this.#deps.ledger.organisation(node)
    return facts && ordererIn(facts, ordering)
  }

  async #begin(
    wanted: ChangingChannel,
    nodes: readonly string[],
    update: Uint8Array | undefined,
  ): Promise<string> {
    const { service, change } = wanted
    const number = (change?.number ?? 0) + 1
    const text = textOf(wanted, nodes)
    if (!this.#isTurn(`begin ${service} ${number}`, wanted, nodes)) return `${text} is to begin`
    const packed = update ? await promisify(gzip)(update, level) : new Uint8Array()
    const begun = { service, nodes, number, update: packed }
    return (await this.#deps.ledger.changeChannel(begun)) ?? `${text} begins`
  }

  async #carryOn(wanted: Open): Promise<string> {
    const { service, channel, change } = wanted
    const { nodes, number, open } = change
    const text = textOf(wanted, nodes)
    const isSigned = open.signed.has(this.#deps.node)
    const absent = channel.nodes.filter((node) => !open.signed.has(node))
    const isEnough = open.signed.size * 2 > channel.nodes.length
    if (isSigned && !isEnough) return `${text} waits for ${absent.join(', ')} to sign`
    const isTooFew = nodes.length < nodesMin[await channelOrdering(channel)]
    if (isTooFew) return this.#replace(wanted, text)
    const settings = await this.#settings(wanted)
    const update = await this.#updateTo(nodes, wanted, settings)
    const said = await unpacked(open.update)
    // By its bytes: what one program reads in others another may read otherwise.
    if (update && !said.equals(update)) return this.#replace(wanted, text)
    if (!isSigned) return this.#sign(wanted, { update: update ? said : undefined, text })
    const step = update ? 'submit' : 'end'
    if (!this.#isTurn(`${step} ${service} ${number}`, wanted, nodes)) return `${text} is signed`
    if (!update)
      return (await this.#deps.ledger.endChange({ service, number })) ?? `${text} is done`
    const signatures = [...open.signed.values()].filter((one) => one.length > 0)
    await submitUpdate(settings.place, channelName(service), { update: said, signatures })
    return `${text} is submitted`
  }

  /** Signs nothing where the settings are so already: the signature would be of no use. */
  async #sign(
    wanted: Open,
    { update, text }: { readonly update: Uint8Array | undefined; readonly text: string },
  ): Promise<string> {
    const { service, change } = wanted
    const silent = update && (await this.#silent(wanted, change.nodes))
    if (silent !== undefined) return silent
    const { organisation, ledger } = this.#deps
    const { options, mspId } = organisation
    const admin = { mspId, ...(await readIdentity(options.folder, 'admin')) }
    const signature = update ? signUpdate(update, admin) : new Uint8Array()
    const refused = await ledger.signChange({ service, number: change.number, signature })
    return refused ?? `${text} is signed by ${this.#deps.node}`
  }

  /** What is under way is not what this node would have: it gives way to another, in turn. */
  async #replace(wanted: Open, text: string): Promise<string> {
    const { channel } = wanted
    const { nodes } = await this.#next(wanted)
    const silent = await this.#silent(wanted, nodes)
    if (silent !== undefined) return silent
    const settings = await this.#settings(wanted)
    const update = await this.#updateTo(nodes, wanted, settings)
    if (!update && nodes.length === channel.nodes.length) {
      return `${text} has an update that ${this.#deps.node} does not sign`
    }
    return this.#begin(wanted, nodes, update)
  }

  /** All may stand still where one is added that is not there: first it has to answer. */
  async #silent({ channel }: ChangingChannel, nodes: readonly string[]) {
    const ordering = await channelOrdering(channel)
    for (const node of nodes.filter((one) => !channel.nodes.includes(one))) {
      const peer = this.#deps.ledger.organisation(node)?.peer
      for (const address of [peer, this.#orderer(node, ordering)?.address]) {
        if (address === undefined || (await answers(address))) continue
        return `${node} does not answer at ${address}`
      }
    }
    return undefined
  }

  /** As the orderer has them that is furthest of those that are asked. */
  async #settings({ service, channel }: ChangingChannel): Promise<Settings> {
    const places = await placesIn(channel, this.#deps)
    const asked = places.map(async (place) => {
      return { place, present: await readConfig(place, channelName(service)) }
    })
    const read = await Promise.allSettled(asked)
    const known = read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const [furthest] = known.toSorted((a, b) => b.present.getSequence() - a.present.getSequence())
    if (furthest) return furthest
    const [failed] = read
    throw failed?.status === 'rejected' ? failed.reason : new RangeError('some orderer is asked')
  }

  /** What leads from the settings as they are to those with these nodes, and to nothing else. */
  async #updateTo(
    nodes: readonly string[],
    { service, channel: opened }: ChangingChannel,
    { place, present }: Settings,
  ): Promise<Uint8Array | undefined> {
    const [channel, ordering] = [channelName(service), await channelOrdering(opened)]
    const { folder } = this.#deps.organisation.options
    const members: WantedMember[] = []
    for (const node of nodes) {
      const facts = this.#deps.ledger.organisation(node)
      const member = facts && (await keepMember(folder, node, { facts, ordering }))
      // Left out, it would lose its organisation.
      if (!member)
        throw fabricError('FABRIC_STEP_FAILED', `${node} names no orderer for ${channel}`)
      members.push(member)
    }
    const next = await withMembers(place.programs, present, { channel, members })
    return computeUpdate(place.programs, channel, { present, next })
  }

  /** Those that leave come last. */
  #isTurn(name: string, { channel }: ChangingChannel, after: readonly string[]): boolean {
    const { node, nowMs } = this.#deps
    const since = this.#sinceMs.get(name) ?? nowMs()
    this.#sinceMs.set(name, since)
    const leaves = (one: string) => Number(!after.includes(one))
    const inTurn = channel.nodes.toSorted((a, b) => leaves(a) - leaves(b))
    return nowMs() - since >= inTurn.indexOf(node) * turnMs
  }
}

/** The settings of a channel, and through whom they are read and changed. */
type Settings = { readonly place: LifecyclePlace; readonly present: common.Config }

type Next = {
  readonly nodes: readonly string[]
  /** Named, and not registered so that they could join. */
  readonly absent: readonly string[]
  /** Not named, and not to be done without. */
  readonly staying?: string | undefined
}

/** What a change does, for whoever waits. */
function textOf({ channel }: ChangingChannel, nodes: readonly string[]): string {
  const joining = nodes.find((one) => !channel.nodes.includes(one))
  if (joining !== undefined) return `the change that adds ${joining}`
  const leaving = channel.nodes.find((one) => !nodes.includes(one))
  return leaving === undefined
    ? 'the change of a certificate'
    : `the change that removes ${leaving}`
}

/** Nothing where it is no gzip of a bearable size: that is no update that a node would make. */
async function unpacked(update: Uint8Array): Promise<Buffer> {
  const whole = promisify(gunzip)(update, { maxOutputLength: updateBytesMax })
  return whole.catch(() => Buffer.alloc(0))
}
