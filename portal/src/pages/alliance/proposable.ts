import {
  type AllianceObject,
  type CborMap,
  type ControlAct,
  type ControlFields,
  controlAct,
  fromBase64url,
  fromHex,
  type MemberObject,
  type Share,
} from '@openbsn/sdk'
import type { Check } from '../../parts/form-checks.ts'
import { checkId, checkName, checkWhole } from '../../parts/form-checks.ts'
import {
  checkLedgerId,
  checkModules,
  checkObject,
  checkPublicKey,
  checkShare,
  checkVersion,
  objectForm,
} from './proposal-checks.ts'

/** The alliance as it is, which acts change and name the version of. */
export type AllianceNow = {
  readonly alliance: AllianceObject
  readonly members: readonly MemberObject[]
}

type Texts = Readonly<Record<string, string>>

/** A field of an act; its words are at `propose.fields`. */
export type ActField = {
  readonly name: string
  readonly check?: Check
  readonly initial?: string
  /** One of these, where it is not typed. */
  readonly options?: readonly string[]
}

/** What can be put to the vote by a page. */
export type Proposable = {
  readonly fields: (now: AllianceNow) => readonly ActField[]
  /** Undefined where it would change nothing. */
  readonly act: (texts: Texts, now: AllianceNow) => ControlAct | undefined
  /** Which member or object it is about: the second word of its title. */
  readonly target?: string
}

const power: ActField = { name: 'power', check: checkWhole({ least: 1, most: 1_000_000 }) }
const key: ActField = { name: 'key', check: checkPublicKey }
const keyOf = ({ key: text = '' }: Texts) => fromBase64url(text.trim()) ?? new Uint8Array()
const textOf = (texts: Texts, name: string) => (texts[name] ?? '').trim()

const activeOf = ({ members }: AllianceNow) =>
  members.filter(({ status }) => status === 'active').map(({ id }) => id)

const memberField = (now: AllianceNow): ActField => {
  const options = activeOf(now)
  return { name: 'member', options, initial: options.at(-1) ?? '' }
}

/** The member that is chosen, and the version of it that is known here. */
function moved({ member = '' }: Texts, { members }: AllianceNow) {
  return { id: member, expect: members.find(({ id }) => id === member)?.version ?? 0 }
}

function byId(act: string, module: string, id: string): ControlAct {
  return { act, module, payload: new Map([['id', id]]) }
}

/** `service/NAME`, `credential/ID` or `account/SERVICE/ADDRESS`. */
const frozen = (verb: 'freeze' | 'unfreeze'): Proposable => ({
  fields: () => [{ name: 'object', check: checkObject }],
  target: 'object',
  act: (texts) => {
    const { kind, id, service, address } = objectForm.exec(textOf(texts, 'object'))?.groups ?? {}
    if (kind && id) return byId(`${kind}-${verb}`, `bsn:${kind}s`, id)
    const payload: CborMap = new Map()
    payload.set('service', service ?? '')
    payload.set('address', fromHex((address ?? '').toLowerCase()) ?? new Uint8Array())
    return { act: `account-${verb}`, module: 'bsn:accounts', payload }
  },
})

const shareOf = (text: string): Share => {
  const [part = 0, whole = 0] = text.split('/').map(Number)
  return [part, whole]
}
const lockName = (kind: string) => `lock-${kind}`
/** As long as the ledger lets anything last. */
const checkSeconds = checkWhole({ least: 0, most: 366 * 86_400 })

const rules: Proposable = {
  fields: ({ alliance: { quorum, threshold, deadlineMin, deadlineMax, locks } }) => [
    { name: 'quorum', check: checkShare, initial: quorum.join('/') },
    { name: 'threshold', check: checkShare, initial: threshold.join('/') },
    { name: 'deadlineMin', check: checkSeconds, initial: String(deadlineMin) },
    { name: 'deadlineMax', check: checkSeconds, initial: String(deadlineMax) },
    ...Object.entries(locks).map(([kind, seconds]) => ({
      ...{ name: lockName(kind), check: checkSeconds, initial: String(seconds) },
    })),
  ],
  act: (texts, { alliance }) => {
    const differs = (name: string, now: unknown) => textOf(texts, name) !== String(now)
    const share = (name: 'quorum' | 'threshold') =>
      differs(name, alliance[name].join('/')) ? { [name]: shareOf(textOf(texts, name)) } : {}
    const time = (name: 'deadlineMin' | 'deadlineMax') =>
      differs(name, alliance[name]) ? { [name]: Number(textOf(texts, name)) } : {}
    const locks = Object.entries(alliance.locks).flatMap(([kind, seconds]) =>
      differs(lockName(kind), seconds)
        ? [[kind, Number(textOf(texts, lockName(kind)))] as const]
        : [],
    )
    const changed: Omit<ControlFields['alliance-rules'], 'expect'> = {
      ...{ ...share('quorum'), ...share('threshold') },
      ...{ ...time('deadlineMin'), ...time('deadlineMax') },
      ...(locks.length > 0 ? { locks } : {}),
    }
    if (Object.keys(changed).length === 0) return undefined
    return controlAct('alliance-rules', { expect: alliance.version, ...changed })
  },
}

const modulesOf = (text: string) =>
  text.split(/[\s,]+/).flatMap((pair) => {
    const [name = '', version] = pair.split('=')
    return version === undefined ? [] : [[name, Number(version)] as const]
  })

const software: Proposable = {
  fields: () => [
    { name: 'software', check: checkVersion },
    { name: 'from', check: checkWhole({ least: 1, most: Number.MAX_SAFE_INTEGER }) },
    { name: 'modules', check: checkModules },
  ],
  target: 'software',
  act: (texts) => {
    const modules = modulesOf(textOf(texts, 'modules'))
    return controlAct('alliance-software', {
      ...{ software: textOf(texts, 'software'), from: Number(textOf(texts, 'from')) },
      ...(modules.length > 0 ? { modules } : {}),
    })
  },
}

/** By the words of `bsn alliance propose`. */
export const proposable = {
  admit: {
    fields: () => [
      { name: 'id', check: checkId },
      { name: 'name', check: checkName },
      { ...power, initial: '1' },
      key,
    ],
    target: 'id',
    act: (texts) =>
      controlAct('alliance-admit', {
        ...{ id: textOf(texts, 'id'), name: textOf(texts, 'name') },
        ...{ power: Number(texts.power), key: keyOf(texts) },
      }),
  },
  remove: {
    fields: (now) => [memberField(now)],
    target: 'member',
    act: (texts, now) => controlAct('alliance-remove', moved(texts, now)),
  },
  power: {
    fields: (now) => [memberField(now), power],
    target: 'member',
    act: (texts, now) =>
      controlAct('alliance-power', { ...moved(texts, now), power: Number(texts.power) }),
  },
  'replace-key': {
    fields: (now) => [memberField(now), key],
    target: 'member',
    act: (texts, now) =>
      controlAct('alliance-replace-key', { ...moved(texts, now), key: keyOf(texts) }),
  },
  policy: {
    fields: ({ alliance }) => [
      {
        ...{ name: 'serviceReview', options: ['yes', 'no'] },
        initial: alliance.serviceReview ? 'no' : 'yes',
      },
    ],
    act: ({ serviceReview }, { alliance: { version, serviceReview: now } }) => {
      const wanted = serviceReview === 'yes'
      if (wanted === now) return undefined
      return controlAct('alliance-policy', { expect: version, serviceReview: wanted })
    },
  },
  rules,
  freeze: frozen('freeze'),
  unfreeze: frozen('unfreeze'),
  'retire-node': {
    fields: () => [{ name: 'id', check: checkId }],
    target: 'id',
    act: (texts) => byId('node-retire', 'bsn:alliance', textOf(texts, 'id')),
  },
  group: {
    fields: () => [
      { name: 'id', check: checkId },
      { name: 'ledger', check: checkLedgerId },
    ],
    target: 'id',
    act: (texts) => {
      const fields = { id: textOf(texts, 'id'), ledger: textOf(texts, 'ledger') }
      return controlAct('group-register', fields)
    },
  },
  'retire-group': {
    fields: () => [{ name: 'id', check: checkId }],
    target: 'id',
    act: (texts) => byId('group-retire', 'bsn:alliance', textOf(texts, 'id')),
  },
  stop: { fields: () => [], act: () => controlAct('alliance-stop', {}) },
  resume: { fields: () => [], act: () => controlAct('alliance-resume', {}) },
  software,
} as const satisfies Record<string, Proposable>

export type ProposableKind = keyof typeof proposable

/** Title of a proposal, as the command line makes it: what, and whom. */
export function titleOf(kind: ProposableKind, texts: Texts): string {
  const { target }: Proposable = proposable[kind]
  return [kind, ...(target === undefined ? [] : [textOf(texts, target)])].join(' ')
}

type Changed = { readonly key: string; readonly before: unknown; readonly after: unknown }

/** What of the alliance and its members would be different, where this is about one of them. */
export function changedObject(
  kind: ProposableKind,
  { payload }: ControlAct,
  { alliance, members }: AllianceNow,
): Changed | undefined {
  const fields = Object.fromEntries(payload)
  delete fields.expect
  const member = members.find(({ id }) => id === fields.id)
  const ofMember = (after: object) => ({ key: `member/${fields.id}`, before: member, after })
  const ofAlliance = (after: object) => {
    const now = { ...alliance, locks: Object.entries(alliance.locks) }
    return { key: 'alliance', before: now, after: { ...now, ...after } }
  }
  if (kind === 'admit') {
    const { key: _, ...rest } = fields
    return { ...ofMember({ ...rest, status: 'active' }), before: null }
  }
  if (kind === 'remove') return ofMember({ ...member, status: 'removed' })
  if (kind === 'power') return ofMember({ ...member, power: fields.power })
  if (kind === 'policy' || kind === 'rules') return ofAlliance(withLocks(fields, alliance))
  if (kind === 'stop' || kind === 'resume') return ofAlliance({ stopped: kind === 'stop' })
  return undefined
}

/** Locks that are not named stay. */
function withLocks(fields: CborRecord, { locks }: AllianceObject): CborRecord {
  if (!Array.isArray(fields.locks)) return fields
  const given = Object.fromEntries(fields.locks as [string, number][])
  return { ...fields, locks: Object.entries({ ...locks, ...given }) }
}

type CborRecord = { readonly [name: string]: unknown }
