import type { CborMap, CborValue } from '@openbsn/sdk'
import type { Refusal } from '../crypto/check-statement.ts'
import { nodeKey } from '../ledger/modules/alliance-objects.ts'
import { invalid, isSetOf } from '../ledger/modules/module.ts'
import { readObject, type StateReader } from '../ledger/state/state-view.ts'

/** What can be called on a service, by its framework. */
export const frameworkFunctions: ReadonlyMap<string, readonly string[]> = new Map([
  ['records', ['put', 'get', 'list', 'history', 'events']],
  // Asking a chain, sending transactions to it, and being told of what happens there.
  ['evm', ['call', 'send', 'events']],
  ['fabric', ['call', 'send', 'events']],
])

const rolePattern = /^[a-z0-9][a-z0-9_-]{0,62}$/
const [rolesMax, nodesMax] = [16, 64]

/** What may change while a service lives: the fields of an act, with their kinds. */
export const changeable = {
  access: 'text',
  readers: 'text',
  functions: 'list',
  roles: 'list',
  nodes: 'list',
} as const

const words: Readonly<Record<string, readonly CborValue[]>> = {
  access: ['open', 'invitation'],
  readers: ['anyone', 'credentials'],
}

/** Those of the changeable fields that a payload has, or what is wrong with one. */
export function readChangeable(
  payload: CborMap,
  functions: readonly string[],
  state: StateReader,
): Record<string, CborValue> | Refusal {
  const found: Record<string, CborValue> = {}
  for (const name of Object.keys(changeable)) {
    const value = payload.get(name)
    if (value === undefined) continue
    const wrong = checkField(name, value, functions, state)
    if (wrong) return wrong
    found[name] = value
  }
  return found
}

function checkField(
  name: string,
  value: CborValue,
  functions: readonly string[],
  state: StateReader,
): Refusal | undefined {
  const known = words[name]
  if (known) {
    return known.includes(value) ? undefined : invalid(`${name}: ${known.join(' or ')}.`)
  }
  const are = (list: CborValue | undefined) => isSetOf(list, isOneOf(functions), { most: 64 })
  if (name === 'functions') {
    return are(value) ? undefined : invalid(`functions: some of ${functions.join(', ')}.`)
  }
  if (name === 'nodes') {
    const isActive = (one: CborValue) =>
      typeof one === 'string' && readObject(state, nodeKey(one))?.get('status') === 'active'
    const nodes = isSetOf(value, isActive, { least: 0, most: nodesMax })
    return nodes ? undefined : invalid(`nodes: at most ${nodesMax} active city nodes, each once.`)
  }
  const pairs = Array.isArray(value) ? value.map((one) => (Array.isArray(one) ? one : [])) : []
  const isPair = ([role, list, ...rest]: CborValue[]) =>
    typeof role === 'string' && rolePattern.test(role) && are(list) && rest.length === 0
  const roles = pairs.map(([role = null]) => role)
  if (pairs.every(isPair) && isSetOf(roles, () => true, { least: 0, most: rolesMax })) {
    return undefined
  }
  return invalid(`roles: at most ${rolesMax} of [name, functions], each name once.`)
}

const isOneOf = (list: readonly string[]) => (one: CborValue) =>
  (list as readonly CborValue[]).includes(one)
