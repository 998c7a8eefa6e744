import {
  encodeCoseKey,
  equalBytes,
  type Signer,
  sha256,
  thumbprint,
  toHex,
  utf8,
} from '@openbsn/sdk'
import { isListed, readGroup } from '../alliance/group-state.ts'
import { type CityNodeFacts, readNode } from '../alliance/node-state.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Ledger, SubmitOutcome } from '../ledger/ledger.ts'
import { readAlliance } from '../ledger/modules/alliance-objects.ts'
import { readObject } from '../ledger/state/state-view.ts'
import { type Member, memberOf, type NodeAct, signAct } from './member.ts'

/** Facts about a city node: what its operator says, for the map and for whoever looks for one. */
export type NodeFacts = {
  /** Its name in the alliance: 2 to 63 of a-z, 0-9 and -. */
  readonly id: string
  readonly city: string
  /** ISO 3166-1 alpha-2; ZZ where it is not said. */
  readonly country: string
  /** Millionths of a degree. */
  readonly latitude: number
  readonly longitude: number
  readonly software: string
}

/** Of a city node that nobody said more about: ZZ is for users of ISO 3166 to mean so. */
export const unsaidFacts = {
  id: 'node-1',
  city: 'unknown',
  country: 'ZZ',
  latitude: 0,
  longitude: 0,
}

/** A group that this node keeps: its name among those of the root ledger, and its own ledger. */
export type KeptGroup = { readonly id: string; readonly ledger: string }

/** What a node of a network says beside: where the others reach it, and its keys as a validator. */
export type NetworkFacts = {
  readonly peer: string
  readonly validatorKey: Uint8Array
  readonly consensusKey: Uint8Array
}

export type JoinOptions = {
  /** The administrator's profile. */
  readonly profile: string
  /** Address of the gateway. */
  readonly gateway: string
  readonly facts: NodeFacts
  /** The groups that the node keeps; none in a ledger that is a group itself. */
  readonly groups?: readonly KeptGroup[]
  readonly network?: NetworkFacts & {
    /** Id of the member that the node belongs to, where no profile is here. */
    readonly operator: string
  }
}

export type JoinDeps = {
  readonly ledger: Ledger
  /** The key that this city node signs with. */
  readonly operator: Signer
  readonly clock: Clock
}

/**
 * Registers the operator's key of this city node, and the node itself with its present address and
 * version, where the ledger does not have them and the administrator's profile is in the data
 * folder: that is an alliance of one, which lists its groups too. Several members vote on that,
 * and the node says which of its groups are listed. What was refused.
 */
export async function joinAlliance(
  { profile, gateway, facts, network, groups = [] }: JoinOptions,
  deps: JoinDeps,
): Promise<SubmitOutcome[]> {
  const { ledger, operator } = deps
  const member = memberOf(profile)
  const signer = member ?? (network && { id: network.operator, signer: operator })
  if (!signer) return []
  const kid = thumbprint(operator.key)
  const acts: NodeAct[] = member ? groupActs(ledger, groups) : []
  const isNew = ({ id }: KeptGroup) => acts.some(({ payload }) => payload.id === id)
  const listed = groups.filter((one) => isNew(one) || isListed(ledger, one.id, one.ledger))
  const names = listed.map(({ id }) => id)
  if (member && !readObject(ledger, `key/${toHex(kid)}`)) {
    const payload = { key: encodeCoseKey(operator.key) }
    acts.push({ name: 'operator-key-register', sub: 'bsn:alliance', payload, cti: kid })
  }
  const act = nodeAct(readNode(ledger, facts.id), signer, {
    ...facts,
    gateway,
    network,
    groups: names,
  })
  if (act) acts.push(act)
  if (acts.length === 0) return []
  const signed = await Promise.all(acts.map((act) => signAct(act, signer, deps)))
  const outcomes = await ledger.submit(signed)
  return outcomes.filter(({ outcome }) => outcome === 'refused')
}

/** Who is alone lists its groups; a name that is another group's stays as it is. */
function groupActs(ledger: Ledger, groups: readonly KeptGroup[]): NodeAct[] {
  if (readAlliance(ledger).members.length > 1) return []
  const unlisted = groups.filter(({ id }) => !readGroup(ledger, id))
  return unlisted.map((group) => ({
    ...{ name: 'group-register', sub: 'bsn:alliance', payload: group },
    cti: sha256(utf8(`group ${group.id} ${group.ledger}`)),
  }))
}

type Said = NodeFacts & { readonly groups: readonly string[] } & {
  readonly gateway: string
  readonly network: JoinOptions['network']
}

/** Clients and nodes go to the addresses that the state has, so a node that moved says so. */
function nodeAct(
  known: CityNodeFacts | undefined,
  member: Member,
  { network, groups, ...facts }: Said,
): NodeAct | undefined {
  const { id, gateway, software } = facts
  // Nodes of ledgers without groups say nothing of them.
  const kept = groups.length > 0 || known?.groups !== undefined ? { groups: [...groups] } : {}
  const own = { ...networkFactsOf(network), ...kept }
  if (!known) {
    const payload = { ...facts, frameworks: ['records'], ...own }
    // Made of the name: a start that is cut short and comes again does it once.
    return { name: 'node-register', sub: 'bsn:alliance', payload, cti: utf8(id) }
  }
  const isOurs = known.operator === member.id && known.status === 'active'
  const isTrue = known.gateway === gateway && known.software === software
  if (!isOurs || (isTrue && isSaid(known, own))) return undefined
  const payload = { id, expect: known.version, gateway, software, ...own }
  return {
    name: 'node-update',
    sub: 'bsn:alliance',
    payload,
    cti: utf8(`${id} after ${known.version}`),
  }
}

function networkFactsOf(network: JoinOptions['network']): Partial<NetworkFacts> {
  if (!network) return {}
  const { peer, validatorKey, consensusKey } = network
  return { peer, validatorKey, consensusKey }
}

type OwnFacts = Partial<NetworkFacts> & { readonly groups?: readonly string[] }

function isSaid(known: CityNodeFacts, own: OwnFacts): boolean {
  const { peer, validatorKey, consensusKey, groups = [] } = own
  const same = (a: Uint8Array | undefined, b: Uint8Array | undefined) =>
    a === undefined || (b !== undefined && equalBytes(a, b))
  return (
    (peer === undefined || peer === known.peer) &&
    groups.join() === (known.groups ?? []).join() &&
    same(validatorKey, known.validatorKey) &&
    same(consensusKey, known.consensusKey)
  )
}
