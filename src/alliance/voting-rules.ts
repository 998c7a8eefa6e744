import type { CborValue, Share, VotingRules } from '@openbsn/sdk'
import { allianceKey } from '../ledger/modules/alliance-objects.ts'
import { type VotedKind, votedKinds } from '../ledger/modules/module.ts'
import { readObject, type StateReader } from '../ledger/state/state-view.ts'

/** How the alliance decides: times in seconds. */
export type AllianceRules = VotingRules & {
  readonly deadlineSecondsMin: number
  readonly deadlineSecondsMax: number
  /** From the decision to its earliest execution. */
  readonly lockSeconds: Readonly<Record<VotedKind, number>>
}

const hour = 3600
const day = 24 * hour

/** Of an alliance that has set none: see ADR 0024. */
export const defaultRules: AllianceRules = {
  quorum: [1, 2],
  threshold: [2, 3],
  deadlineSecondsMin: hour,
  deadlineSecondsMax: 30 * day,
  lockSeconds: { members: day, validators: day, policy: day, freeze: 0, stop: 0, software: day },
}

/** The rules that hold: what the state has, and the defaults for what it does not have. */
export function readRules(state: StateReader): AllianceRules {
  const object = readObject(state, allianceKey) ?? new Map<string, CborValue>()
  const locks = new Map(pairsOf(object.get('locks')))
  const lockOf = (kind: VotedKind) => Number(locks.get(kind) ?? defaultRules.lockSeconds[kind])
  return {
    quorum: shareOf(object.get('quorum')) ?? defaultRules.quorum,
    threshold: shareOf(object.get('threshold')) ?? defaultRules.threshold,
    deadlineSecondsMin: Number(object.get('deadlineMin') ?? defaultRules.deadlineSecondsMin),
    deadlineSecondsMax: Number(object.get('deadlineMax') ?? defaultRules.deadlineSecondsMax),
    lockSeconds: {
      members: lockOf('members'),
      validators: lockOf('validators'),
      policy: lockOf('policy'),
      freeze: lockOf('freeze'),
      stop: lockOf('stop'),
      software: lockOf('software'),
    },
  }
}

/** The rules as the alliance's object has them. */
export function encodeRules(rules: AllianceRules): Record<string, CborValue> {
  const { quorum, threshold, deadlineSecondsMin, deadlineSecondsMax, lockSeconds } = rules
  return {
    quorum: [...quorum],
    threshold: [...threshold],
    deadlineMin: deadlineSecondsMin,
    deadlineMax: deadlineSecondsMax,
    locks: votedKinds.map((kind): CborValue => [kind, lockSeconds[kind]]),
  }
}

/** A share of two whole numbers; undefined where it is none. */
export function shareOf(value: CborValue | undefined): Share | undefined {
  const [numerator, denominator, ...rest] = Array.isArray(value) ? value : []
  if (typeof numerator !== 'number' || typeof denominator !== 'number') return undefined
  return rest.length === 0 ? [numerator, denominator] : undefined
}

/** The pairs of a list; what is none is left out. */
export function pairsOf(value: CborValue | undefined): [CborValue, CborValue][] {
  return (Array.isArray(value) ? value : []).flatMap((pair): [CborValue, CborValue][] => {
    const [first, second, ...rest] = Array.isArray(pair) ? pair : []
    if (first === undefined || second === undefined || rest.length > 0) return []
    return [[first, second]]
  })
}
