import type { CborValue } from '@openbsn/sdk'
import { readObject, type StateObject, type StateReader } from '../ledger/state/state-view.ts'

/** Accounts and contracts of services' chains that are frozen (ADR 0040). */

/** By its address in 40 digits of hex, in lower case and without 0x. */
export const accountKey = (service: string, address: string) => `${accountsOf(service)}${address}`
/** How the keys of all of a service begin. */
export const accountsOf = (service: string) => `account/${service}/`

/** Who froze an account: its service's publisher, or the members by vote (`voters/all`). */
export type Freeze = {
  readonly by: string
  /** Index of the entry of the ledger that did it. */
  readonly entry: number
  readonly reason?: string
}

/** Those that hold, the first one first; none where nothing is frozen. */
export function readFreezes(state: StateReader, key: string): readonly Freeze[] {
  return freezesOf(readObject(state, key))
}

export function freezesOf(object: StateObject | undefined): readonly Freeze[] {
  const list = object?.get('freezes')
  return Array.isArray(list) ? list.map(freezeOf) : []
}

function freezeOf(value: CborValue): Freeze {
  const [by, entry, reason] = Array.isArray(value) ? value : []
  const freeze = { by: String(by), entry: Number(entry) }
  return reason === undefined ? freeze : { ...freeze, reason: String(reason) }
}
