import { type CborMap, type CborValue, decodeCbor, encodeCbor } from '@openbsn/sdk'
import { assert } from '../../kernel/assert.ts'
import type { StateChanges } from './state-tree.ts'

/** Reads of the state: by key, nothing else. */
export interface StateReader {
  get(key: string): Uint8Array | undefined
}

/** What a module works on. */
export interface State extends StateReader {
  put(key: string, value: Uint8Array): void
  delete(key: string): void
}

/** Changes on top of a state, kept apart until somebody takes them over. */
export class StateOverlay implements State {
  readonly #base: StateReader
  readonly #changes = new Map<string, Uint8Array | null>()

  constructor(base: StateReader) {
    this.#base = base
  }

  get changes(): StateChanges {
    return this.#changes
  }

  get(key: string): Uint8Array | undefined {
    const changed = this.#changes.get(key)
    return changed === undefined ? this.#base.get(key) : (changed ?? undefined)
  }

  put(key: string, value: Uint8Array): void {
    this.#changes.set(key, value)
  }

  delete(key: string): void {
    this.#changes.set(key, null)
  }

  takeOver(other: StateOverlay): void {
    for (const [key, value] of other.changes) this.#changes.set(key, value)
  }
}

/** An object in the state: a map with text keys, of which `version` counts its changes. */
export type StateObject = CborMap

export function readObject(state: StateReader, key: string): StateObject | undefined {
  const bytes = state.get(key)
  return bytes && objectIn(bytes)
}

/** An object of the state from its bytes. */
export function objectIn(bytes: Uint8Array): StateObject {
  const value = decodeCbor(bytes)
  assert(value instanceof Map, 'the state keeps objects as maps')
  return value
}

export function objectVersion(object: StateObject): number {
  const version = object.get('version')
  assert(typeof version === 'number', 'an object in the state has a version')
  return version
}

/** Puts an object that is there, with some fields changed and its next version. */
export function changeObject(
  state: State,
  key: string,
  object: StateObject,
  changes: Record<string, CborValue>,
): void {
  const { version: _, ...fields } = Object.fromEntries(object)
  writeObject(state, key, { ...fields, ...changes })
}

/** Puts an object with the next version: 1 for a new one. */
export function writeObject(state: State, key: string, fields: Record<string, CborValue>): void {
  const before = readObject(state, key)
  writeVersion(state, key, fields, before ? objectVersion(before) + 1 : 1)
}

/** Puts an object at a version that the caller counts. */
export function writeVersion(
  state: State,
  key: string,
  fields: Record<string, CborValue>,
  version: number,
): void {
  state.put(
    key,
    encodeCbor(new Map<string, CborValue>([...Object.entries(fields), ['version', version]])),
  )
}
