import type { Act, Effect } from './act.ts'
import type { Item, ItemMap } from './cbor.ts'
import * as f from './fields.ts'
import type { StateTrie } from './state-trie.ts'

const day = 86_400
/** What the alliance goes by until it sets something else. */
const usual: Readonly<Record<string, Item>> = {
  quorum: [1, 2],
  threshold: [2, 3],
  deadlineMin: 3600,
  deadlineMax: 30 * day,
}
const usualLocks: Readonly<Record<string, number>> = {
  members: day,
  validators: day,
  policy: day,
  freeze: 0,
  stop: 0,
  software: day,
}
const longest = 366 * day

const wrong = (why: string) => f.refuseAs('ACT_INVALID', why)

/** A rule as it holds. */
export function ruleIn(alliance: ItemMap, name: string): Item {
  return alliance.get(name) ?? usual[name] ?? f.refuse(`there is no rule ${name}`)
}

/** Seconds of the time lock of a kind. */
export function lockIn(alliance: ItemMap, kind: string): number {
  const locks = alliance.get('locks')
  const pair = (Array.isArray(locks) ? locks : []).find((one) => first(one) === kind)
  return Number(second(pair) ?? usualLocks[kind])
}

const first = (pair: Item | undefined) => (Array.isArray(pair) ? pair[0] : undefined)
const second = (pair: Item | undefined) => (Array.isArray(pair) ? pair[1] : undefined)

function requireShare(item: Item | undefined, above: number): void {
  if (item === undefined) return
  const [part, whole] = [Number(first(item)), Number(second(item))]
  const isPair = Array.isArray(item) && item.length === 2
  if (!isPair || !(part >= 1 && part <= whole && whole <= 1000)) wrong('it is no share')
  if (part * 2 <= whole * above) wrong('half of the votes, or less, would be enough')
}

export function rules({ payload }: Act, state: StateTrie): void {
  const optional = { quorum: 'list', threshold: 'list', locks: 'list' } as const
  const seconds = { deadlineMin: 'number', deadlineMax: 'number' } as const
  f.requireFields(payload, { expect: 'number' }, { ...optional, ...seconds })
  const alliance = f.existing(state, 'alliance', payload.get('expect'))
  requireShare(payload.get('quorum'), 0)
  requireShare(payload.get('threshold'), 1)
  const given = new Map(payload)
  given.delete('expect')
  const after: ItemMap = new Map([...alliance, ...given])
  const [least, most] = [Number(ruleIn(after, 'deadlineMin')), Number(ruleIn(after, 'deadlineMax'))]
  if (least < 60 || most < least || most > longest) wrong('the deadlines are out of bounds')
  after.set('locks', locksAfter(alliance, payload.get('locks')))
  for (const name of Object.keys(usual)) after.set(name, ruleIn(after, name))
  f.writeObject(state, 'alliance', after)
}

function locksAfter(alliance: ItemMap, given: Item | undefined): Item {
  const list = Array.isArray(given) ? given : []
  const kinds = list.map(first)
  if (new Set(kinds).size !== kinds.length) wrong('a lock is there twice')
  for (const pair of list) {
    const isPair = Array.isArray(pair) && pair.length === 2
    const [kind, seconds] = [first(pair), second(pair)]
    const isKind = typeof kind === 'string' && Object.hasOwn(usualLocks, kind)
    const isTime = typeof seconds === 'number' && seconds >= 0 && seconds <= longest
    if (!isPair || !isKind || !isTime) wrong('a lock is [kind, seconds]')
  }
  return Object.keys(usualLocks).map((kind): Item => {
    const pair = list.find((one) => first(one) === kind)
    return [kind, second(pair) ?? lockIn(alliance, kind)]
  })
}

export const stopped =
  (next: boolean): Effect =>
  ({ payload }, state) => {
    f.requireFields(payload, {})
    const alliance = f.existing(state, 'alliance')
    if ((alliance.get('stopped') === true) === next) f.refuseAs('ACT_CONFLICT', 'it is so already')
    f.writeObject(state, 'alliance', alliance.set('stopped', next))
  }

export function software({ payload, height }: Act, state: StateTrie): void {
  f.requireFields(payload, { software: 'text', from: 'number' }, { modules: 'list' })
  const [version, from] = [f.text(payload, 'software'), Number(payload.get('from'))]
  if (!/^(\d{1,6}\.){2}\d{1,6}$/.test(version)) wrong(`${version} is no version of software`)
  if (from <= height) wrong('its height is over')
  const object = f.readObject(state, 'software')
  const steps = object ? f.list(object, 'versions') : []
  if (from <= lastFrom(steps)) f.refuseAs('ACT_CONFLICT', 'a later step is decided')
  const list = payload.get('modules') ?? []
  const modules = Array.isArray(list) ? list : []
  const names = modules.map(first)
  const isSet = new Set(names).size === names.length && names.length <= 32
  const arePairs = modules.every((pair) => Array.isArray(pair) && pair.length === 2)
  if (!isSet || !arePairs || names.some((name) => typeof name !== 'string')) {
    wrong('modules are [name, version]')
  }
  for (const pair of modules) stepModule(state, pair, from)
  const after: ItemMap = new Map([['versions', [...steps, [version, from]]]])
  f.writeObject(state, 'software', after)
}

const lastFrom = (steps: readonly Item[]) => Number(second(steps.at(-1)) ?? -1)

function stepModule(state: StateTrie, pair: Item, from: number): void {
  const name = String(first(pair))
  const key = `module/${name}`
  const module = f.readObject(state, key)
  if (!module) {
    if (!/^bsn:[a-z]{1,32}$/.test(name)) f.refuseAs('OBJECT_NOT_FOUND', `${name} is no module`)
    if (second(pair) !== 1) wrong(`${key} begins with another version`)
    f.writeObject(state, key, new Map<string, Item>([['versions', [[1, from]]]]))
    return
  }
  const steps = f.list(module, 'versions')
  if (second(pair) !== Number(first(steps.at(-1))) + 1) wrong(`${key} goes to another version`)
  if (from <= lastFrom(steps)) f.refuseAs('ACT_CONFLICT', `${key} has a later step`)
  const next: Item = [...steps, [second(pair) ?? null, from]]
  f.writeObject(state, key, module.set('versions', next))
}
