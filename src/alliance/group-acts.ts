import { type CborValue, isLedgerId } from '@openbsn/sdk'
import type { Refusal } from '../crypto/check-statement.ts'
import {
  type Act,
  checkFields,
  conflict,
  expectAny,
  expectObject,
  invalid,
  isSetOf,
  namePattern,
} from '../ledger/modules/module.ts'
import {
  changeObject,
  type State,
  type StateObject,
  type StateReader,
  writeObject,
} from '../ledger/state/state-view.ts'
import { groupKey, readGroup } from './group-state.ts'

/** Groups: the ledgers of an alliance beside its root, which is their directory. */

const groupsOfNodeMax = 64

/** Lists another ledger under a name, which is that ledger's for ever. */
export function registerGroup({ payload }: Act, state: State): Refusal | undefined {
  const wrong = checkFields(payload, { id: 'text', ledger: 'text' })
  if (wrong) return wrong
  const [id, ledger] = [String(payload.get('id')), String(payload.get('ledger'))]
  if (!namePattern.test(id)) return invalid('id: 2 to 63 of a-z, 0-9 and -.')
  if (!isLedgerId(ledger)) return invalid('ledger: bsn1 and 40 hex digits.')
  if (readGroup(state, id)) return conflict(`A group ${id} exists already.`)
  writeObject(state, groupKey(id), { ledger, status: 'active' })
  return undefined
}

/** Nobody is sent to the group any more; its ledger goes on for whoever keeps it. */
export function retireGroup({ payload }: Act, state: State): Refusal | undefined {
  const wrong = checkFields(payload, { id: 'text', expect: 'number' })
  if (wrong) return wrong
  const key = groupKey(String(payload.get('id')))
  return retire(state, key, expectObject(state, key, payload.get('expect')))
}

/** As `retireGroup`; by id alone where no version is given. */
export function retireGroupByVote({ payload }: Act, state: State): Refusal | undefined {
  const wrong = checkFields(payload, { id: 'text' }, { expect: 'number' })
  if (wrong) return wrong
  const key = groupKey(String(payload.get('id')))
  return retire(state, key, expectAny(state, key, payload.get('expect')))
}

function retire(state: State, key: string, object: StateObject | Refusal): Refusal | undefined {
  if (!(object instanceof Map)) return object
  if (object.get('status') === 'retired') return conflict(`${key} is retired.`)
  changeObject(state, key, object, { status: 'retired' })
  return undefined
}

/** Why a node cannot say that it keeps these groups. */
export function refuseGroups(state: StateReader, value: CborValue): Refusal | undefined {
  const isName = (one: CborValue) => typeof one === 'string' && namePattern.test(one)
  if (!isSetOf(value, isName, { least: 0, most: groupsOfNodeMax })) {
    return invalid(`groups: at most ${groupsOfNodeMax} names, each once.`)
  }
  const names = Array.isArray(value) ? value.map(String) : []
  const unknown = names.find((one) => readGroup(state, one)?.status !== 'active')
  return unknown === undefined ? undefined : invalid(`groups: no group ${unknown} is listed.`)
}
