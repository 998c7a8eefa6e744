import type { CborMap, CborValue, Share } from '@openbsn/sdk'
import type { Refusal } from '../crypto/check-statement.ts'
import { allianceKey, readAlliance } from '../ledger/modules/alliance-objects.ts'
import {
  type Act,
  type ActHandler,
  checkFields,
  conflict,
  expectObject,
  invalid,
  isSetOf,
  moduleKey,
  votedKinds,
} from '../ledger/modules/module.ts'
import { softwareKey } from '../ledger/required-software.ts'
import {
  changeObject,
  readObject,
  type State,
  type StateObject,
  type StateReader,
  writeObject,
} from '../ledger/state/state-view.ts'
import { type AllianceRules, encodeRules, pairsOf, readRules, shareOf } from './voting-rules.ts'

/** What the alliance decides about itself: its rules, its stop, the software of its nodes. */

const sharePartMax = 1000
const [secondsMin, secondsMax] = [60, 366 * 86_400]
const softwarePattern = /^\d{1,6}\.\d{1,6}\.\d{1,6}$/
const modulesMax = 32
const modulePattern = /^bsn:[a-z]{1,32}$/

/** Whether another member reviews services. */
export function setPolicy(
  act: Act,
  state: State,
  mayDecide: (act: Act, state: StateReader) => Refusal | undefined,
): Refusal | undefined {
  const { payload } = act
  const wrong = checkFields(payload, { expect: 'number', serviceReview: 'flag' })
  if (wrong) return wrong
  const object = expectObject(state, allianceKey, payload.get('expect'))
  if (!(object instanceof Map)) return object
  const refusal = mayDecide(act, state)
  if (refusal) return refusal
  const serviceReview = payload.get('serviceReview') === true
  changeObject(state, allianceKey, object, { serviceReview })
  return undefined
}

const ruleFields = {
  quorum: 'list',
  threshold: 'list',
  deadlineMin: 'number',
  deadlineMax: 'number',
  locks: 'list',
} as const

/** Changes those of the rules that are given; a proposal that is under way keeps its own. */
export function setRules({ payload }: Act, state: State): Refusal | undefined {
  const wrong = checkFields(payload, { expect: 'number' }, ruleFields)
  if (wrong) return wrong
  const object = expectObject(state, allianceKey, payload.get('expect'))
  if (!(object instanceof Map)) return object
  const rules = changedRules(readRules(state), payload)
  if ('code' in rules) return rules
  changeObject(state, allianceKey, object, encodeRules(rules))
  return undefined
}

function changedRules(rules: AllianceRules, payload: CborMap): AllianceRules | Refusal {
  const quorum = payload.has('quorum') ? shareOf(payload.get('quorum')) : rules.quorum
  const threshold = payload.has('threshold') ? shareOf(payload.get('threshold')) : rules.threshold
  if (!quorum || !isShare(quorum)) return invalid('quorum: a share above 0, up to 1.')
  // Just half would pass a proposal and its opposite.
  if (!threshold || !isShare(threshold) || threshold[0] * 2 <= threshold[1]) {
    return invalid('threshold: a share above one half, up to 1.')
  }
  const deadlineSecondsMin = Number(payload.get('deadlineMin') ?? rules.deadlineSecondsMin)
  const deadlineSecondsMax = Number(payload.get('deadlineMax') ?? rules.deadlineSecondsMax)
  const isOrdered = secondsMin <= deadlineSecondsMin && deadlineSecondsMin <= deadlineSecondsMax
  if (!isOrdered || deadlineSecondsMax > secondsMax) {
    return invalid(`deadlineMin, deadlineMax: from ${secondsMin} to ${secondsMax} s, in order.`)
  }
  const locks = payload.get('locks') ?? []
  const pairs = pairsOf(locks)
  if (
    !isSetOf(
      pairs.map(([kind]) => kind),
      isKind,
      { least: 0, most: votedKinds.length },
    )
  ) {
    return invalid(`locks: [kind, seconds] of ${votedKinds.join(', ')}, each once.`)
  }
  if (!Array.isArray(locks) || locks.length !== pairs.length || !pairs.every(isLock)) {
    return invalid(`locks: from 0 to ${secondsMax} s.`)
  }
  const lockSeconds = { ...rules.lockSeconds, ...Object.fromEntries(pairs) }
  return { quorum, threshold, deadlineSecondsMin, deadlineSecondsMax, lockSeconds }
}

const isKind = (value: CborValue) => (votedKinds as readonly CborValue[]).includes(value)

const isLock = ([, seconds]: [CborValue, CborValue]) =>
  typeof seconds === 'number' && seconds >= 0 && seconds <= secondsMax

function isShare([numerator, denominator]: Share): boolean {
  return numerator >= 1 && numerator <= denominator && denominator <= sharePartMax
}

/** Stops all records, or lets them go on. */
export const setStopped =
  (stopped: boolean): ActHandler =>
  ({ payload }, state) => {
    const wrong = checkFields(payload, {})
    if (wrong) return wrong
    if (readAlliance(state).stopped === stopped) {
      return conflict(stopped ? 'Records are stopped already.' : 'Records are not stopped.')
    }
    changeObject(state, allianceKey, allianceObject(state), { stopped })
    return undefined
  }

const allianceObject = (state: StateReader): StateObject =>
  readObject(state, allianceKey) ?? new Map()

/**
 * From a height on, nodes must have a version of the software, and modules go by the rules that
 * came with it. That the rules exist is not asked: the answer would depend on the node's software.
 */
export function setSoftware({ payload, height }: Act, state: State): Refusal | undefined {
  const wrong = checkFields(payload, { software: 'text', from: 'number' }, { modules: 'list' })
  if (wrong) return wrong
  const [software, from] = [String(payload.get('software')), Number(payload.get('from'))]
  if (!softwarePattern.test(software)) return invalid('software: three numbers with dots.')
  if (from <= height) return invalid('from: a height that is still to come.')
  const versions = readObject(state, softwareKey)?.get('versions')
  const steps = Array.isArray(versions) ? versions : []
  if (from <= lastStep(steps)) return conflict('A later step of the software is decided already.')
  const modules = payload.get('modules') ?? []
  const pairs = pairsOf(modules)
  const isWhole = Array.isArray(modules) && modules.length === pairs.length
  if (
    !isWhole ||
    !isSetOf(
      pairs.map(([name]) => name),
      isText,
      { least: 0, most: modulesMax },
    )
  ) {
    return invalid('modules: [name, version], each name once.')
  }
  for (const [name, version] of pairs) {
    const refusal = stepModule(state, String(name), { version, from })
    if (refusal) return refusal
  }
  writeObject(state, softwareKey, { versions: [...steps, [software, from]] })
  return undefined
}

const isText = (value: CborValue) => typeof value === 'string'

/** Where the last step of a schedule holds from; -1 where it has none. */
function lastStep(steps: readonly CborValue[]): number {
  const last = steps.at(-1)
  return Array.isArray(last) ? Number(last[1]) : -1
}

function stepModule(
  state: State,
  name: string,
  { version, from }: { readonly version: CborValue; readonly from: number },
): Refusal | undefined {
  const object = readObject(state, moduleKey(name))
  const versions = object?.get('versions')
  if (!object || !Array.isArray(versions)) return joinModule(state, name, { version, from })
  const last = versions.at(-1)
  const before = Array.isArray(last) ? Number(last[0]) : 0
  if (version !== before + 1) return invalid(`modules: ${name} goes on to version ${before + 1}.`)
  if (from <= lastStep(versions)) return conflict(`${name} has a later step already.`)
  changeObject(state, moduleKey(name), object, { versions: [...versions, [version, from]] })
  return undefined
}

/** A module that is younger than the ledger comes in with its first version. */
function joinModule(
  state: State,
  name: string,
  { version, from }: { readonly version: CborValue; readonly from: number },
): Refusal | undefined {
  const isName = modulePattern.test(name)
  if (!isName) return { code: 'OBJECT_NOT_FOUND', detail: `There is no ${moduleKey(name)}.` }
  if (version !== 1) return invalid(`modules: ${name} comes in with version 1.`)
  writeObject(state, moduleKey(name), { versions: [[1, from]] })
  return undefined
}
