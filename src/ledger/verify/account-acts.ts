import type { Effect, Effects, Voted } from './act.ts'
import type { Item, ItemMap } from './cbor.ts'
import * as f from './fields.ts'

/** Whose freezes there are: [who, entry] or [who, entry, reason] each. */
type Freezes = readonly (readonly Item[])[]
type Next = (before: Freezes, act: readonly Item[]) => Freezes

const voters = 'voters/all'
const hasVote = (list: Freezes) => list.some(([by]) => by === voters)

const added: Next = (before, act) => {
  const isThere = act[0] === voters ? hasVote(before) : before.length > 0
  return isThere ? f.refuseAs('ACT_CONFLICT', 'it was frozen already') : [...before, act]
}

/** Whoever is not the voters acts for the publisher, with its own key or with a city node's. */
const taken: Next = (before, [by]) => {
  const left = before.filter(([one]) => (one === voters) !== (by === voters))
  if (before.length === 0 || left.length === before.length) {
    f.refuseAs('ACT_CONFLICT', `${by} has frozen nothing there`)
  }
  if (by !== voters && hasVote(left)) f.refuse('the members froze it by vote')
  return left
}

type How = { readonly isVoted: boolean; readonly hasReason: boolean }

/** `expect` is given where no vote decided it. */
const accountChange =
  (next: Next, how: How): Effect =>
  (act, state) => {
    requireForm(act.payload, how)
    const { payload, owner, index } = act
    const id = f.text(payload, 'service')
    const service = f.readObject(state, `service/${id}`)
    if (!service) return f.refuseAs('SERVICE_UNKNOWN', `there is no service ${id}`)
    requireRight(service, how.isVoted ? undefined : owner)
    const key = `account/${id}/${f.bytes(payload, 'address').toString('hex')}`
    const before = f.readObject(state, key)
    const version = before?.get('version') ?? 0
    if ((payload.get('expect') ?? version) !== version) {
      f.refuseAs('VERSION_STALE', `${key} was at version ${version}`)
    }
    const old = before ? f.list(before, 'freezes') : []
    const why = payload.has('reason') ? [f.text(payload, 'reason')] : []
    const freezes = next(
      old.map((one) => (Array.isArray(one) ? one : [])),
      [owner, index, ...why],
    )
    const after: [string, Item][] = [
      ['status', freezes.length > 0 ? 'frozen' : 'active'],
      ['freezes', freezes.map((one) => [...one])],
    ]
    f.writeObject(state, key, new Map(after))
  }

function requireForm(payload: ItemMap, { isVoted, hasReason }: How): void {
  const needed = { service: 'text', address: 'bytes' } as const
  const expect = { expect: 'number' } as const
  const reason = hasReason ? ({ reason: 'text' } as const) : {}
  if (isVoted) f.requireFields(payload, needed, { ...expect, ...reason })
  else f.requireFields(payload, { ...needed, ...expect }, reason)
  const address = f.bytes(payload, 'address')
  if (address.length !== 20) f.refuseAs('ACT_INVALID', 'an address has 20 bytes')
}

function requireRight(service: ItemMap, owner: string | undefined): void {
  if (service.get('framework') !== 'evm') f.refuseAs('ACT_INVALID', 'it has no accounts')
  if (owner && !f.decidesFor(owner, service.get('publisher'))) {
    f.refuse(`${owner} does not publish it`)
  }
  if (service.get('status') === 'retired') f.refuseAs('SERVICE_RETIRED', 'it was retired')
}

const freeze = (isVoted: boolean) => accountChange(added, { isVoted, hasReason: true })
const unfreeze = (isVoted: boolean) => accountChange(taken, { isVoted, hasReason: false })

export const accountEffects: Effects = {
  'account-freeze': freeze(false),
  'account-unfreeze': unfreeze(false),
}

export const accountVoted: Voted = {
  'account-freeze': { kind: 'freeze', effect: freeze(true) },
  'account-unfreeze': { kind: 'freeze', effect: unfreeze(true) },
}
