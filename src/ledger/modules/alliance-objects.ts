import type { Environment, Genesis } from '@openbsn/sdk'
import { assert } from '../../kernel/assert.ts'
import { readObject, type State, type StateReader, writeObject } from '../state/state-view.ts'

/** What the state knows of the alliance, for every module that asks who is in it. */

export const allianceKey = 'alliance'
export const memberKey = (id: string) => `member/${id}`

export const nodeKey = (id: string) => `node/${id}`

export type Alliance = {
  readonly members: readonly string[]
  /** True where another member than the publisher lets a service run. */
  readonly serviceReview: boolean
  readonly environment: Environment
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
  return { members: members.map(String), serviceReview, environment }
}

export const isMember = (state: StateReader, id: string) => state.get(memberKey(id)) !== undefined
