import type { Genesis } from '@openbsn/sdk'
import { type State, type StateReader, writeObject } from '../state/state-view.ts'

/** What the state knows of the alliance, for every module that asks who is in it. */

export const allianceKey = 'alliance'
export const memberKey = (id: string) => `member/${id}`

export function writeGenesisAlliance(state: State, { name, member }: Genesis): void {
  writeObject(state, memberKey(member.id), { name })
  writeObject(state, allianceKey, { members: [member.id], serviceReview: false })
}

export const isMember = (state: StateReader, id: string) => state.get(memberKey(id)) !== undefined
