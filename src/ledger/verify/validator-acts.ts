import type { Act, Effects, Voted } from './act.ts'
import type { Item, ItemMap } from './cbor.ts'
import * as f from './fields.ts'
import { readable } from './key-acts.ts'
import { alone } from './member-acts.ts'
import { kidOf } from './public-key.ts'
import type { StateTrie } from './state-trie.ts'

/** A set that is decided in block H signs from block H + 2 on. */
const validatorDelay = 2
const powerMax = 2 ** 31

/** Checks a set of validators, as genesis and acts have it. */
export function requireValidators(set: Item | undefined): void {
  const pairs = Array.isArray(set) ? set : []
  const kids = pairs.flatMap((one) => {
    const [key, power, consensus, ...rest] = Array.isArray(one) ? one : []
    if (!Buffer.isBuffer(key) || rest.length > 0) return f.refuse('a validator is [key, power]')
    if (typeof power !== 'number' || power < 1 || power > powerMax) f.refuse('a power is too much')
    readable(key)
    const kid = kidOf(key).toString('hex')
    if (consensus === undefined) return kid
    const isKey = Buffer.isBuffer(consensus) && consensus.length === 32
    return isKey ? [kid, consensus.toString('hex')] : f.refuse('a consensus key has 32 bytes')
  })
  if (kids.length === 0) f.refuse('a set of validators is empty')
  if (new Set(kids).size !== kids.length) f.refuse('a validator is there twice')
}

function update({ payload, height, index }: Act, state: StateTrie): void {
  f.requireFields(payload, { expect: 'number', validators: 'list' })
  const object = f.existing(state, 'validators', payload.get('expect'))
  requireValidators(payload.get('validators'))
  const from = height + validatorDelay
  const latest = f.list(object, 'sets').at(-1)
  const isNetwork = everyoneVotes(Array.isArray(latest) ? latest[1] : undefined)
  if (isNetwork && !everyoneVotes(payload.get('validators'))) f.refuse('a validator has no vote')
  const sets = f.list(object, 'sets').filter((step) => heightOf(step) !== from)
  const holds = sets.findLast((step) => heightOf(step) <= height)
  const coming = sets.filter((step) => heightOf(step) > height)
  const next = [from, payload.get('validators') ?? null]
  const fields: ItemMap = new Map<string, Item>([
    ['sets', [...(holds === undefined ? [] : [holds]), ...coming, next]],
    ['changes', [...f.list(object, 'changes'), index]],
  ])
  f.writeObject(state, 'validators', fields)
}

const everyoneVotes = (set: Item | undefined) =>
  Array.isArray(set) && set.every((one) => Array.isArray(one) && one.length === 3)

const heightOf = (step: Item) => (Array.isArray(step) ? Number(step[0]) : Number.NaN)

export const validatorEffects: Effects = { 'validators-update': alone(update) }

export const validatorVoted: Voted = {
  'validators-update': { kind: 'validators', effect: update },
}
