import {
  type ActHandler,
  checkFields,
  conflict,
  expectAny,
  type VotedHandler,
} from '../ledger/modules/module.ts'
import { changeObject, type StateObject } from '../ledger/state/state-view.ts'

/** What objects that the members can freeze by vote are called in acts, and how they end. */
type Freezable = { readonly keyOf: (id: string) => string; readonly end: string }

/**
 * The act finds the object by id alone where it names no version: whoever owns it cannot dodge a
 * vote by changing it. What was frozen by vote only a vote lets go on, as it was before.
 */
function voted(
  { keyOf }: Freezable,
  change: (object: StateObject) => Record<string, ReturnType<StateObject['get']>> | string,
): ActHandler {
  return ({ payload }, state) => {
    const wrong = checkFields(payload, { id: 'text' }, { expect: 'number' })
    if (wrong) return wrong
    const key = keyOf(String(payload.get('id')))
    const object = expectAny(state, key, payload.get('expect'))
    if (!(object instanceof Map)) return object
    const changes = change(object)
    if (typeof changes === 'string') return conflict(`${key} ${changes}`)
    const rest = new Map([...object].filter(([name]) => name !== 'frozenFrom'))
    const given = Object.entries(changes).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    )
    changeObject(state, key, rest, Object.fromEntries(given))
    return undefined
  }
}

export const freezeByVote = (what: Freezable): VotedHandler => ({
  kind: 'freeze',
  run: voted(what, (object) => {
    const status = object.get('status')
    if (object.has('frozenFrom') || status === what.end) return `is ${status} already.`
    return { status: 'frozen', frozenFrom: status }
  }),
})

export const unfreezeByVote = (what: Freezable): VotedHandler => ({
  kind: 'freeze',
  run: voted(what, (object) => {
    const before = object.get('frozenFrom')
    if (before === undefined || object.get('status') !== 'frozen') return 'is not frozen by vote.'
    return { status: before }
  }),
})
