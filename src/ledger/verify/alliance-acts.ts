import type { Act, Effect, Effects, Voted } from './act.ts'
import type { Item, ItemMap } from './cbor.ts'
import * as f from './fields.ts'
import { groupRegister, groupRetire, requireGroups } from './group-acts.ts'
import { readable, registerKey } from './key-acts.ts'
import { admit, alone, power, remove, replaceKey } from './member-acts.ts'
import { close, execute, propose, vote } from './proposal-acts.ts'
import { roots } from './roots-acts.ts'
import { rules, software, stopped } from './rules-acts.ts'
import type { StateTrie } from './state-trie.ts'

const nodeName = /^[a-z0-9][a-z0-9-]{1,62}$/
const address = /^https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:\/[!-~]*)?$/
const addressMax = 256
const frameworksMax = 16

const ownerId = (owner: string) => owner.replace(/^[a-z]+\//, '')

function operatorKeyRegister({ payload, owner }: Act, state: StateTrie): void {
  if (!owner.startsWith('member/')) f.refuse('only a member registers keys of its operator')
  f.requireFields(payload, { key: 'bytes' })
  registerKey(state, owner.replace('member/', 'operator/'), payload.get('key'))
}

function policy({ payload }: Act, state: StateTrie): void {
  f.requireFields(payload, { expect: 'number', serviceReview: 'flag' })
  const alliance = f.existing(state, 'alliance', payload.get('expect'))
  const review = payload.get('serviceReview') ?? null
  f.writeObject(state, 'alliance', alliance.set('serviceReview', review))
}

const facts = {
  city: 'text',
  country: 'text',
  latitude: 'integer',
  longitude: 'integer',
  gateway: 'longText',
  software: 'text',
  frameworks: 'list',
} as const

const networkFacts = {
  peer: 'longText',
  validatorKey: 'bytes',
  consensusKey: 'bytes',
  groups: 'list',
} as const
const peer = /^[0-9a-f]{40}@(?:[a-z0-9.-]+|\[[0-9a-f:.]+\]):\d{1,5}$/

const isWithin = (item: Item, most: number) => Number(item) >= -most && Number(item) <= most
const isFramework = (item: Item) => typeof item === 'string' && /^[a-z0-9-]{1,32}$/.test(item)

function requireFact(name: string, item: Item): void {
  if (name === 'country' && !/^[A-Z][A-Z]$/.test(String(item))) f.refuse('no country')
  if (name === 'latitude' && !isWithin(item, 90_000_000)) f.refuse('no latitude')
  if (name === 'longitude' && !isWithin(item, 180_000_000)) f.refuse('no longitude')
  const text = String(item)
  if (name === 'gateway' && (text.length > addressMax || !address.test(text))) {
    f.refuse('no address of a gateway')
  }
  const isList = Array.isArray(item) && item.length <= frameworksMax && item.every(isFramework)
  if (name === 'frameworks' && !(isList && new Set(item).size === item.length)) {
    f.refuse('no list of frameworks')
  }
}

function requireNetworkFact(name: string, item: Item): void {
  const text = String(item)
  if (name === 'peer' && (text.length > addressMax || !peer.test(text))) f.refuse('no peer')
  if (name === 'validatorKey') readable(Buffer.isBuffer(item) ? item : Buffer.alloc(0))
  if (name === 'consensusKey' && !(Buffer.isBuffer(item) && item.length === 32)) {
    f.refuse('no consensus key')
  }
}

/** Puts the facts of an act into a city node. */
function takeFacts(payload: ItemMap, node: ItemMap, state: StateTrie): ItemMap {
  for (const [name, item] of payload) {
    if (typeof name !== 'string' || !Object.hasOwn({ ...facts, ...networkFacts }, name)) continue
    requireFact(name, item)
    requireNetworkFact(name, item)
    if (name === 'groups') requireGroups(item, state)
    node.set(name, item)
  }
  return node
}

function nodeRegister({ payload, owner }: Act, state: StateTrie): void {
  f.requireFields(payload, { id: 'text', ...facts }, networkFacts)
  const id = f.text(payload, 'id')
  if (!nodeName.test(id)) f.refuse(`${id} is no name of a city node`)
  if (state.get(`node/${id}`)) f.refuse(`the city node ${id} existed already`)
  const node: ItemMap = new Map<string, Item>([
    ['operator', ownerId(owner)],
    ['status', 'active'],
  ])
  f.writeObject(state, `node/${id}`, takeFacts(payload, node, state))
}

const nodeChange =
  (
    optional: Parameters<typeof f.requireFields>[2],
    change: (act: Act, node: ItemMap, state: StateTrie) => ItemMap,
  ): Effect =>
  (act, state) => {
    f.requireFields(act.payload, { id: 'text', expect: 'number' }, optional)
    const key = `node/${f.text(act.payload, 'id')}`
    const node = f.existing(state, key, act.payload.get('expect'))
    if (node.get('operator') !== ownerId(act.owner)) f.refuse(`only its operator changes ${key}`)
    if (node.get('status') !== 'active') f.refuse(`${key} was retired`)
    f.writeObject(state, key, change(act, node, state))
  }

function retireByVote({ payload }: Act, state: StateTrie): void {
  f.requireFields(payload, { id: 'text' }, { expect: 'number' })
  const key = `node/${f.text(payload, 'id')}`
  const node = f.existing(state, key, payload.get('expect'))
  if (node.get('status') === 'retired') f.refuseAs('ACT_CONFLICT', `${key} was retired`)
  f.writeObject(state, key, node.set('status', 'retired'))
}

export const allianceEffects: Effects = {
  'operator-key-register': operatorKeyRegister,
  'alliance-policy': alone(policy),
  'alliance-rules': alone(rules),
  'alliance-admit': alone(admit),
  'alliance-stop': alone(stopped(true)),
  'alliance-resume': alone(stopped(false)),
  'alliance-software': alone(software),
  'alliance-roots': alone(roots),
  'alliance-propose': propose,
  'alliance-vote': vote,
  'alliance-execute': execute,
  'alliance-close': close,
  'node-register': nodeRegister,
  'node-update': nodeChange({ ...facts, ...networkFacts }, ({ payload }, node, state) =>
    takeFacts(payload, node, state),
  ),
  'node-retire': nodeChange({}, (_, node) => node.set('status', 'retired')),
  'group-register': alone(groupRegister),
  'group-retire': alone(groupRetire(false)),
}

export const allianceVoted: Voted = {
  'alliance-policy': { kind: 'policy', effect: policy },
  'alliance-rules': { kind: 'policy', effect: rules },
  'alliance-admit': { kind: 'members', effect: admit },
  'alliance-remove': { kind: 'members', effect: remove },
  'alliance-power': { kind: 'members', effect: power },
  'alliance-replace-key': { kind: 'members', effect: replaceKey },
  'alliance-stop': { kind: 'stop', effect: stopped(true) },
  'alliance-resume': { kind: 'stop', effect: stopped(false) },
  'alliance-software': { kind: 'software', effect: software },
  'alliance-roots': { kind: 'policy', effect: roots },
  'node-retire': { kind: 'freeze', effect: retireByVote },
  'group-register': { kind: 'policy', effect: groupRegister },
  'group-retire': { kind: 'policy', effect: groupRetire(true) },
}
