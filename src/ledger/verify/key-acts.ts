import type { Act, Effects } from './act.ts'
import type { Item, ItemMap } from './cbor.ts'
import * as f from './fields.ts'
import { reasonOf } from './finding.ts'
import { kidOf, readKey } from './public-key.ts'
import type { StateTrie } from './state-trie.ts'

/** Registers a key for its owner and returns its id in hex. */
export function registerKey(state: StateTrie, owner: string, coseKey: Item | undefined): string {
  if (!Buffer.isBuffer(coseKey)) return f.refuse('a key is bytes')
  readable(coseKey)
  const kid = kidOf(coseKey).toString('hex')
  if (state.get(`key/${kid}`)) {
    f.refuseAs('ACT_CONFLICT', `the key ${kid} was registered already`)
  }
  const fields: ItemMap = new Map<string, Item>([
    ['owner', owner],
    ['key', coseKey],
    ['revoked', false],
  ])
  const [, id] = /^member\/(.*)$/.exec(owner) ?? []
  const since = id === undefined ? 0 : Number(f.readObject(state, owner)?.get('keysSince') ?? 0)
  if (since > 0) fields.set('since', since)
  f.writeObject(state, `key/${kid}`, fields)
  return kid
}

/** @throws NOT_ALLOWED for bytes that are no key */
export function readable(coseKey: Buffer): void {
  try {
    readKey(coseKey)
  } catch (error) {
    f.refuseAs('KEY_INVALID', `a key is not usable: ${reasonOf(error)}`)
  }
}

/** Revokes a registered key. */
export function revokeKey(state: StateTrie, kid: string): void {
  f.writeObject(state, `key/${kid}`, f.existing(state, `key/${kid}`).set('revoked', true))
}

function keyRegister({ payload, owner }: Act, state: StateTrie): void {
  f.requireFields(payload, { owner: 'text', key: 'bytes' })
  if (payload.get('owner') !== owner) f.refuse('a member registers keys for itself alone')
  registerKey(state, owner, payload.get('key'))
}

function keyRevoke({ payload, owner, kid }: Act, state: StateTrie): void {
  f.requireFields(payload, { kid: 'bytes', expect: 'number' })
  const revoked = f.bytes(payload, 'kid').toString('hex')
  const object = f.existing(state, `key/${revoked}`, payload.get('expect'))
  const owners: readonly Item[] = [owner, owner.replace('member/', 'operator/')]
  if (!owners.includes(object.get('owner') ?? null)) f.refuse('only its owner revokes a key')
  if (object.get('revoked') === true) f.refuse('the key was revoked already')
  if (revoked === kid) f.refuse('a key cannot revoke itself')
  revokeKey(state, revoked)
}

export const keyEffects: Effects = { 'key-register': keyRegister, 'key-revoke': keyRevoke }
