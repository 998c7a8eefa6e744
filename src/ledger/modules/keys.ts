import {
  type CborValue,
  decodeCoseKey,
  encodeCoseKey,
  isCodedError,
  type PublicKey,
  thumbprint,
  toHex,
} from '@openbsn/sdk'
import type { FoundKey } from '../../crypto/check-messages.ts'
import type { Refusal } from '../../crypto/check-statement.ts'
import { assert } from '../../kernel/assert.ts'
import {
  changeObject,
  readObject,
  type State,
  type StateObject,
  type StateReader,
  writeObject,
} from '../state/state-view.ts'
import { readMember } from './alliance-objects.ts'
import {
  type Act,
  checkFields,
  conflict,
  expectObject,
  idOf,
  kindOf,
  type Module,
  notAllowed,
} from './module.ts'

/** Keys of the ledger: which key belongs to whom, for ever; and which are revoked. */

export const keyStateKey = (kid: string) => `key/${kid}`

/** A registered key. `owner` is such as `member/<id>`, by `OwnerKind`. */
export type RegisteredKey = {
  readonly owner: string
  readonly revoked: boolean
  /** Block time, exclusive; infinity where nothing ends it. */
  readonly until: number
}

export function readKey(state: StateReader, kid: string): RegisteredKey | undefined {
  const object = readObject(state, keyStateKey(kid))
  if (!object) return undefined
  const owner = object.get('owner')
  assert(typeof owner === 'string', 'a registered key has an owner')
  const until = object.get('until')
  return {
    owner,
    revoked: object.get('revoked') === true || isOutdated(state, owner, object),
    until: typeof until === 'number' ? until : Number.POSITIVE_INFINITY,
  }
}

/** Ended with its member, or by the others, who gave the member a key in place of all it had. */
function isOutdated(state: StateReader, owner: string, object: StateObject): boolean {
  const [kind, id] = [kindOf(owner), idOf(owner)]
  if (kind !== 'member' && kind !== 'operator') return false
  const member = readMember(state, id)
  if (member?.status === 'removed') return true
  return kind === 'member' && (object.get('since') ?? 0) !== (member?.keysSince ?? 0)
}

/** The key itself, for the check workers. */
export function findKey(state: StateReader, kid: Uint8Array): FoundKey | undefined {
  const bytes = readObject(state, keyStateKey(toHex(kid)))?.get('key')
  if (!(bytes instanceof Uint8Array)) return undefined
  const { algorithm, raw } = decodeCoseKey(bytes)
  return { kid, algorithm: algorithm.id, raw }
}

/** Registers a key for its owner; refuses one that is registered already, whoever has it. */
export function registerKey(state: State, owner: string, coseKey: CborValue): string | Refusal {
  const key = usableKey(coseKey)
  if ('code' in key) return key
  const kid = toHex(thumbprint(key))
  if (state.get(keyStateKey(kid))) return conflict(`The key ${kid} is registered already.`)
  const keysSince = kindOf(owner) === 'member' ? readMember(state, idOf(owner))?.keysSince : 0
  const since = keysSince ? { since: keysSince } : {}
  writeObject(state, keyStateKey(kid), { owner, key: encodeCoseKey(key), revoked: false, ...since })
  return kid
}

function usableKey(coseKey: CborValue): PublicKey | Refusal {
  if (!(coseKey instanceof Uint8Array)) return { code: 'KEY_INVALID', detail: 'A key is bytes.' }
  try {
    return decodeCoseKey(coseKey)
  } catch (error) {
    if (isCodedError(error)) return { code: 'KEY_INVALID', detail: error.message }
    throw error
  }
}

export function setRevoked(state: State, kid: string, object: StateObject): void {
  changeObject(state, keyStateKey(kid), object, { revoked: true })
}

/** Ends a registered key at a time; one that ends earlier keeps its own end. */
export function setUntil(state: State, kid: string, until: number): void {
  const object = readObject(state, keyStateKey(kid))
  assert(object !== undefined, 'only registered keys get an end')
  const before = object.get('until')
  if (typeof before === 'number' && before <= until) return
  changeObject(state, keyStateKey(kid), object, { until })
}

/** A member adds a key of its own. */
function register(act: Act, state: State): Refusal | undefined {
  const { payload } = act
  const wrong = checkFields(payload, { owner: 'text', key: 'bytes' })
  if (wrong) return wrong
  if (!act.owner.startsWith('member/') || payload.get('owner') !== act.owner) {
    return notAllowed('A member registers keys for itself alone.')
  }
  const kid = registerKey(state, act.owner, payload.get('key') ?? null)
  return typeof kid === 'string' ? undefined : kid
}

/** A member revokes a key of its own or its operator's; the key that signs must be another one. */
function revoke(act: Act, state: State): Refusal | undefined {
  const { payload } = act
  const wrong = checkFields(payload, { kid: 'bytes', expect: 'number' })
  if (wrong) return wrong
  const kid = payload.get('kid')
  assert(kid instanceof Uint8Array, 'the fields are checked')
  if (kid.length !== 32) return { code: 'ACT_INVALID', detail: 'kid: the 32-byte thumbprint.' }
  const object = expectObject(state, keyStateKey(toHex(kid)), payload.get('expect'))
  if (!(object instanceof Map)) return object
  const owners: readonly unknown[] = [act.owner, `operator/${idOf(act.owner)}`]
  if (!owners.includes(object.get('owner'))) return notAllowed('Only its owner revokes a key.')
  if (object.get('revoked') === true) return conflict('The key is revoked already.')
  if (toHex(kid) === act.kid) return conflict('A key cannot revoke itself: sign with another one.')
  setRevoked(state, toHex(kid), object)
  return undefined
}

export const keysModule: Module = {
  name: 'bsn:keys',
  versions: [
    {
      version: 1,
      acts: {
        'application/vnd.openbsn.key-register+cbor': register,
        'application/vnd.openbsn.key-revoke+cbor': revoke,
      },
    },
  ],
}
