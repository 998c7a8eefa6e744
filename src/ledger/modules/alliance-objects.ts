import type { Environment, Genesis } from '@openbsn/sdk'
import type { Refusal } from '../../crypto/check-statement.ts'
import { assert } from '../../kernel/assert.ts'
import {
  readObject,
  type State,
  type StateObject,
  type StateReader,
  writeObject,
} from '../state/state-view.ts'
import { type Act, type ActHandler, kindOf, notAllowed } from './module.ts'

/** What the state knows of the alliance, for every module that asks who is in it. */

export const allianceKey = 'alliance'
export const memberKey = (id: string) => `member/${id}`

export const nodeKey = (id: string) => `node/${id}`

export type Alliance = {
  readonly members: readonly string[]
  /** True where another member than the publisher lets a service run. */
  readonly serviceReview: boolean
  readonly environment: Environment
  /** True while no records are taken, until the members vote to go on. */
  readonly stopped: boolean
}

/** What the genesis document says of the alliance. */
export function writeGenesisAlliance(state: State, genesis: Genesis): void {
  const { name, member, environment = 'live' } = genesis
  writeObject(state, memberKey(member.id), { name })
  writeObject(state, allianceKey, { members: [member.id], serviceReview: false, environment })
}

export function readAlliance(state: StateReader): Alliance {
  const object = readObject(state, allianceKey)
  const members = object?.get('members')
  assert(object !== undefined && Array.isArray(members), 'a ledger has its alliance')
  const environment = object.get('environment') === 'sandbox' ? 'sandbox' : 'live'
  const serviceReview = object.get('serviceReview') === true
  const stopped = object.get('stopped') === true
  return { members: members.map(String), serviceReview, environment, stopped }
}

/** A member as the state has it. */
export type Member = {
  readonly name: string
  /** Its weight in votes, a whole number from 1. */
  readonly power: number
  /** Keys count that were registered under just this number; it goes up when they are replaced. */
  readonly keysSince: number
  /** A member that was removed stays there, so that nobody gets its id again. */
  readonly status: 'active' | 'removed'
  readonly version: number
}

export function readMember(state: StateReader, id: string): Member | undefined {
  const object = readObject(state, memberKey(id))
  return object && memberOf(object)
}

/** A member's object, typed. One from before there were votes has power 1, and is active. */
export function memberOf(object: StateObject): Member {
  return {
    name: String(object.get('name')),
    power: Number(object.get('power') ?? 1),
    keysSince: Number(object.get('keysSince') ?? 0),
    status: object.get('status') === 'removed' ? 'removed' : 'active',
    version: Number(object.get('version')),
  }
}

export const isMember = (state: StateReader, id: string) =>
  readMember(state, id)?.status === 'active'

/** Why a member cannot decide that by itself; undefined where it is the only one. */
export function whyNotAlone({ owner }: Act, state: StateReader): Refusal | undefined {
  if (kindOf(owner) !== 'member') return notAllowed('Only members do that.')
  if (readAlliance(state).members.length === 1) return undefined
  return notAllowed('An alliance of several members decides that by vote: propose it.')
}

/** An act that a member does by itself while it is the only one. */
export const alone =
  (handler: ActHandler): ActHandler =>
  (act, state, voted) =>
    whyNotAlone(act, state) ?? handler(act, state, voted)
