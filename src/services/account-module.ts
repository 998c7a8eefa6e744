import { type CborMap, type CborValue, toHex } from '@openbsn/sdk'
import type { Refusal } from '../crypto/check-statement.ts'
import {
  type ActHandler,
  checkFields,
  conflict,
  type FieldKind,
  invalid,
  type Module,
  notAllowed,
  speaksFor,
  votersOwner,
} from '../ledger/modules/module.ts'
import {
  objectVersion,
  readObject,
  type State,
  type StateObject,
  writeObject,
} from '../ledger/state/state-view.ts'
import { accountKey, type Freeze, freezesOf } from './account-state.ts'
import { readService, whyNotRunning } from './service-state.ts'

/**
 * Accounts and contracts on the chain of a service. Its publisher freezes them, and the members by
 * vote; what was frozen by vote only a vote lets go on, as it was before.
 */

const addressBytes = 20

/** What becomes of the freezes of an account by one more act, or why nothing. */
type Change = (before: readonly Freeze[], act: Freeze, key: string) => readonly Freeze[] | Refusal

const isVoted = ({ by }: Freeze) => by === votersOwner

const freeze: Change = (before, act, key) => {
  const isFrozen = isVoted(act) ? before.some(isVoted) : before.length > 0
  return isFrozen ? conflict(`${key} is frozen already.`) : [...before, act]
}

const unfreeze: Change = (before, act, key) => {
  const isByVote = before.some(isVoted)
  if (isVoted(act)) {
    return isByVote
      ? before.filter((one) => !isVoted(one))
      : conflict(`${key} is not frozen by vote.`)
  }
  if (before.length === 0) return conflict(`${key} is not frozen.`)
  if (!isByVote) return []
  return notAllowed(`The members froze ${key} by vote, and decide when it goes on.`)
}

type Fields = Readonly<Record<string, FieldKind>>

/** An act on an account, which needs no version where a vote decided it. */
function change(next: Change, byVote: boolean, more: Fields = {}): ActHandler {
  const needed = { service: 'text', address: 'bytes' } as const
  const expect = { expect: 'number' } as const
  const fields = byVote ? needed : { ...needed, ...expect }
  const optional = byVote ? { ...expect, ...more } : more
  return ({ payload, owner, index }, state) => {
    const service = String(payload.get('service'))
    const refusal =
      checkFields(payload, fields, optional) ??
      whyNoAddress(payload) ??
      whyNotOf(service, owner, state)
    if (refusal) return refusal
    const key = accountKey(service, toHex(payload.get('address') as Uint8Array))
    const object = readObject(state, key)
    const stale = whyStale(key, object, payload.get('expect'))
    if (stale) return stale
    const reason = payload.get('reason')
    const why = typeof reason === 'string' ? { reason } : {}
    const freezes = next(freezesOf(object), { by: owner, entry: index, ...why }, key)
    if ('code' in freezes) return freezes
    const status = freezes.length > 0 ? 'frozen' : 'active'
    writeObject(state, key, { status, freezes: freezes.map(listed) })
    return undefined
  }
}

/** One that was never frozen is at version 0. */
function whyStale(
  key: string,
  object: StateObject | undefined,
  expect: CborValue | undefined,
): Refusal | undefined {
  const version = object ? objectVersion(object) : 0
  if (expect === undefined || expect === version) return undefined
  const detail = `${key} is at version ${version}, the act expects ${expect}: read it again.`
  return { code: 'VERSION_STALE', detail }
}

const listed = ({ by, entry, reason }: Freeze): CborValue[] =>
  reason === undefined ? [by, entry] : [by, entry, reason]

function whyNoAddress(payload: CborMap): Refusal | undefined {
  const { length } = payload.get('address') as Uint8Array
  return length === addressBytes ? undefined : invalid(`address: ${addressBytes} bytes.`)
}

/** Why an owner freezes nothing on the chain of a service. */
function whyNotOf(id: string, owner: string, state: State): Refusal | undefined {
  const service = readService(state, id)
  if (!service) return { code: 'SERVICE_UNKNOWN', detail: `There is no service ${id}.` }
  if (service.framework !== 'evm') return invalid(`service: ${id} has no accounts.`)
  if (owner !== votersOwner && !speaksFor(owner, service.publisher)) {
    return notAllowed(`Only its publisher, or a vote, freezes accounts of ${id}.`)
  }
  return service.status === 'retired' ? whyNotRunning(id, service) : undefined
}

const why = { reason: 'text' } as const

export const accountsModule: Module = {
  name: 'bsn:accounts',
  signers: ['member', 'operator'],
  versions: [
    {
      version: 1,
      acts: {
        'application/vnd.openbsn.account-freeze+cbor': change(freeze, false, why),
        'application/vnd.openbsn.account-unfreeze+cbor': change(unfreeze, false),
      },
      voted: {
        'application/vnd.openbsn.account-freeze+cbor': {
          kind: 'freeze',
          run: change(freeze, true, why),
        },
        'application/vnd.openbsn.account-unfreeze+cbor': {
          kind: 'freeze',
          run: change(unfreeze, true),
        },
      },
    },
  ],
}
