import { CodedError } from '@openbsn/sdk'
import { decode, encode, type Item, type ItemMap } from './cbor.ts'
import type { StateTrie } from './state-trie.ts'

/** An entry that the rules would have refused. @throws NOT_ALLOWED */
export function refuse(why: string): never {
  throw new CodedError('NOT_ALLOWED', why)
}

/** As `refuse`, with the code that the ledger gave: an act of a proposal that failed keeps it. */
export function refuseAs(refusal: string, why: string): never {
  throw new CodedError('NOT_ALLOWED', why, { details: { refusal } })
}

export type Kind = 'text' | 'longText' | 'bytes' | 'number' | 'integer' | 'flag' | 'list'

const kinds: Record<Kind, (item: Item | undefined) => boolean> = {
  text: (item) => typeof item === 'string' && item.length >= 1 && item.length <= 128,
  longText: (item) => typeof item === 'string' && item.length >= 1,
  bytes: (item) => Buffer.isBuffer(item),
  number: (item) => typeof item === 'number' && item >= 0,
  integer: (item) => typeof item === 'number',
  flag: (item) => typeof item === 'boolean',
  list: (item) => Array.isArray(item),
}

/** Members of an act: all of `needed`, some of `optional`, nothing else. @throws NOT_ALLOWED */
export function requireFields(
  payload: ItemMap,
  needed: Readonly<Record<string, Kind>>,
  optional: Readonly<Record<string, Kind>> = {},
): void {
  const known = { ...needed, ...optional }
  for (const [name, item] of payload) {
    const kind = typeof name === 'string' && Object.hasOwn(known, name) ? known[name] : undefined
    if (!kind || !kinds[kind](item))
      refuseAs('ACT_INVALID', `the act's field ${name} is not known or not as it must be`)
  }
  for (const name of Object.keys(needed)) {
    if (!payload.has(name)) refuseAs('ACT_INVALID', `the act lacks the field ${name}`)
  }
}

export function text(map: ItemMap, name: string): string {
  const item = map.get(name)
  return typeof item === 'string' ? item : refuse(`${name} is not a text`)
}

export function bytes(map: ItemMap, name: string): Buffer {
  const item = map.get(name)
  return Buffer.isBuffer(item) ? item : refuse(`${name} is not bytes`)
}

export function list(map: ItemMap, name: string): readonly Item[] {
  const item = map.get(name)
  return Array.isArray(item) ? item : refuse(`${name} is not a list`)
}

/** A list in which nothing comes twice. */
export function set(map: ItemMap, name: string): readonly Item[] {
  const items = list(map, name)
  return new Set(items).size === items.length ? items : refuse(`${name} has something twice`)
}

/** A list of texts in an object of the state. */
export const texts = (map: ItemMap, name: string) => list(map, name).map(String)

/** An object of the state. @throws CBOR_MALFORMED */
export function readObject(state: StateTrie, key: string): ItemMap | undefined {
  const value = state.get(key)
  const object = value && decode(value)
  return object instanceof Map ? object : undefined
}

/** An object that must be there; at a version, where one is given. @throws NOT_ALLOWED */
export function existing(state: StateTrie, key: string, version?: Item): ItemMap {
  const object = readObject(state, key)
  if (!object) return refuseAs('OBJECT_NOT_FOUND', `there is no ${key}`)
  if (version !== undefined && object.get('version') !== version) {
    refuseAs('VERSION_STALE', `${key} is at version ${object.get('version')}, not ${version}`)
  }
  return object
}

/** Puts an object; `version` counts its changes from 1. */
export function writeObject(state: StateTrie, key: string, fields: ItemMap): void {
  const version = Number(readObject(state, key)?.get('version') ?? 0) + 1
  state.put(key, encode(new Map([...fields, ['version', version]])))
}

/** Whether an owner decides for another: for itself, and a member for its operator's keys. */
export function decidesFor(owner: string, other: Item | undefined): boolean {
  return (
    owner === other ||
    (owner.startsWith('member/') && owner.replace('member', 'operator') === other)
  )
}
