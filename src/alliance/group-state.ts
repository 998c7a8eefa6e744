import type { StateItem } from '../ledger/ledger.ts'
import {
  objectIn,
  readObject,
  type StateObject,
  type StateReader,
} from '../ledger/state/state-view.ts'

/** A group as the root ledger lists it: another ledger, which some of the nodes keep. */
export type Group = {
  /** Id of its ledger. */
  readonly ledger: string
  readonly status: 'active' | 'retired'
  readonly version: number
}

export const groupKey = (id: string) => `group/${id}`

export function readGroup(state: StateReader, id: string): Group | undefined {
  const object = readObject(state, groupKey(id))
  return object && groupOf(object)
}

/** A group's object, typed. */
export function groupOf(object: StateObject): Group {
  return {
    ledger: String(object.get('ledger')),
    status: object.get('status') === 'retired' ? 'retired' : 'active',
    version: Number(object.get('version')),
  }
}

/** True where the root ledger lists that name for that ledger. */
export function isListed(state: StateReader, id: string, ledger: string): boolean {
  const group = readGroup(state, id)
  return group?.status === 'active' && group.ledger === ledger
}

/** What lists objects of a state; a ledger and its store both do. */
export type ObjectLister = {
  objects(prefix: string, after: string | undefined, limit: number): StateItem[]
}

/** More than an alliance has. */
const groupsMax = 1000

/** The name of the group that a ledger is of; undefined where none is listed. */
export function groupOfLedger(root: ObjectLister, ledger: string): string | undefined {
  const prefix = groupKey('')
  const found = root.objects(prefix, undefined, groupsMax).find(({ value }) => {
    const group = groupOf(objectIn(value))
    return group.ledger === ledger && group.status === 'active'
  })
  return found?.key.slice(prefix.length)
}
