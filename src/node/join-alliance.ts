import { existsSync, readFileSync } from 'node:fs'
import {
  type CborMap,
  encodeCbor,
  encodeCoseKey,
  type Signer,
  signStatement,
  thumbprint,
  toHex,
  utf8,
} from '@openbsn/sdk'
import { type CityNodeFacts, readNode } from '../alliance/node-state.ts'
import { signerOfStored } from '../crypto/key-file.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Ledger, SubmitOutcome } from '../ledger/ledger.ts'
import { readObject } from '../ledger/state/state-view.ts'

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

export type JoinOptions = {
  /** The administrator's profile. */
  readonly profile: string
  /** Address of the gateway. */
  readonly gateway: string
  readonly facts: NodeFacts
}

export type JoinDeps = {
  readonly ledger: Ledger
  /** The key that this city node signs with. */
  readonly operator: Signer
  readonly clock: Clock
}

const secondsToLive = 300

/**
 * Registers the operator's key of this city node, and the node itself with its present address and
 * version, where the ledger does not have them and the administrator's profile is in the data
 * folder: that is an alliance of one. What was refused.
 */
export async function joinAlliance(
  { profile, gateway, facts }: JoinOptions,
  deps: JoinDeps,
): Promise<SubmitOutcome[]> {
  const { ledger, operator } = deps
  const member = memberOf(profile)
  if (!member) return []
  const kid = thumbprint(operator.key)
  const acts: AllianceAct[] = []
  if (!readObject(ledger, `key/${toHex(kid)}`)) {
    const payload: CborMap = new Map([['key', encodeCoseKey(operator.key)]])
    acts.push({ name: 'operator-key-register', payload, cti: kid })
  }
  const act = nodeAct(readNode(ledger, facts.id), member, { ...facts, gateway })
  if (act) acts.push(act)
  if (acts.length === 0) return []
  const signed = await Promise.all(acts.map((act) => signAct(act, member, deps)))
  const outcomes = await ledger.submit(signed)
  return outcomes.filter(({ outcome }) => outcome === 'refused')
}

/** Clients go to the address that the state has, so a node that moved says so. */
function nodeAct(
  known: CityNodeFacts | undefined,
  member: Member,
  facts: NodeFacts & { readonly gateway: string },
): AllianceAct | undefined {
  const { id, gateway, software } = facts
  if (!known) {
    const payload: CborMap = new Map(Object.entries({ ...facts, frameworks: ['records'] }))
    // Made of the name: a start that is cut short and comes again does it once.
    return { name: 'node-register', payload, cti: utf8(id) }
  }
  const isOurs = known.operator === member.id && known.status === 'active'
  if (!isOurs || (known.gateway === gateway && known.software === software)) return undefined
  const changes = { id, expect: known.version, gateway, software }
  const cti = utf8(`${id} after ${known.version}`)
  return { name: 'node-update', payload: new Map(Object.entries(changes)), cti }
}

type Member = { readonly id: string; readonly signer: Signer }
type AllianceAct = { readonly name: string; readonly payload: CborMap; readonly cti: Uint8Array }

function signAct({ name, payload, cti }: AllianceAct, member: Member, deps: JoinDeps) {
  const iat = deps.clock.nowSeconds()
  const who = { iss: member.id, sub: 'bsn:alliance', aud: deps.ledger.id }
  const claims = { ...who, iat, exp: iat + secondsToLive, cti }
  const contentType = `application/vnd.openbsn.${name}+cbor`
  return signStatement({ contentType, claims, payload: encodeCbor(payload) }, member.signer)
}

/** The administrator; undefined where the profile is not here, or is broken. */
function memberOf(path: string): Member | undefined {
  if (!existsSync(path)) return undefined
  try {
    const { member } = JSON.parse(readFileSync(path, 'utf8'))
    return { id: String(member.id), signer: signerOfStored(member) }
  } catch {
    return undefined
  }
}
