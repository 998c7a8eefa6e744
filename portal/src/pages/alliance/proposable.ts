import {
  type CborMap,
  type ControlAct,
  type ControlFields,
  controlAct,
  fromHex,
  type Share,
} from '@openbsn/sdk'
import { checkId, checkName, checkWhole } from '../../parts/form-checks.ts'
import {
  type ActField,
  type AllianceNow,
  keyField,
  keyOf,
  type Proposable,
  powerField,
  type Texts,
  textOf,
} from './act-form.ts'
import { activeNodes, nodeField, proposableRoots, proposableSigners } from './proposable-signers.ts'
import {
  checkLedgerId,
  checkModules,
  checkObject,
  checkShare,
  checkVersion,
  objectForm,
} from './proposal-checks.ts'

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
      { ...powerField, initial: '1' },
      keyField,
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
    fields: (now) => [memberField(now), powerField],
    target: 'member',
    act: (texts, now) =>
      controlAct('alliance-power', { ...moved(texts, now), power: Number(texts.power) }),
  },
  'replace-key': {
    fields: (now) => [memberField(now), keyField],
    target: 'member',
    act: (texts, now) =>
      controlAct('alliance-replace-key', { ...moved(texts, now), key: keyOf(texts) }),
  },
  ...proposableSigners,
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
  roots: proposableRoots,
  freeze: frozen('freeze'),
  unfreeze: frozen('unfreeze'),
  'retire-node': {
    fields: ({ nodes }) => [nodeField(activeNodes(nodes))],
    target: 'node',
    act: (texts) => byId('node-retire', 'bsn:alliance', textOf(texts, 'node')),
    isOffered: ({ nodes }) => activeNodes(nodes).length > 0,
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
