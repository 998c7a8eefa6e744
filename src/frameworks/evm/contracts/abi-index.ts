import { CodedError } from '@openbsn/sdk'
import type { Abi, AbiEvent, AbiFunction } from 'viem'
import { nearest } from '../../../kernel/nearest.ts'
import { type AbiConstructor, type AbiError, signatureHash, signatureOf } from './abi-signature.ts'

/** What an ABI has, by what one looks for. */
export type AbiIndex = {
  /** By signature. */
  readonly functions: ReadonlyMap<string, AbiFunction>
  readonly constructorItem: AbiConstructor | undefined
  /** By first topic, anonymous ones left out. */
  readonly events: ReadonlyMap<string, AbiEvent>
  /** By selector. */
  readonly errors: ReadonlyMap<string, AbiError>
}

const indexes = new WeakMap<Abi, AbiIndex>()
/** So many names are listed where one is unknown. */
const namesListedMax = 40
/** Longer ones are compared with nothing: that would take time. */
const nameLengthMax = 100

/** Made once for each ABI: hashing all its events for every log would take most of the time. */
export function indexOf(abi: Abi): AbiIndex {
  const known = indexes.get(abi)
  if (known) return known
  const made = makeIndex(abi)
  indexes.set(abi, made)
  return made
}

function makeIndex(abi: Abi): AbiIndex {
  const functions = new Map<string, AbiFunction>()
  const events = new Map<string, AbiEvent>()
  const errors = new Map<string, AbiError>()
  let constructorItem: AbiConstructor | undefined
  for (const item of abi) {
    if (item.type === 'constructor') constructorItem = item
    else if (item.type === 'function') functions.set(signatureOf(item), item)
    else if (item.type === 'error') errors.set(signatureHash(signatureOf(item)).slice(0, 10), item)
    else if (item.type === 'event' && !item.anonymous) {
      events.set(signatureHash(signatureOf(item)), item)
    }
  }
  return { functions, constructorItem, events, errors }
}

/**
 * The function of a name, or of a signature where several share a name.
 * @throws FUNCTION_UNKNOWN, with those that there are
 */
export function functionOf(abi: Abi, name: string): AbiFunction {
  const { functions } = indexOf(abi)
  const exact = functions.get(name.replaceAll(' ', ''))
  if (exact) return exact
  const named = [...functions].filter(([, item]) => item.name === name)
  const [first] = named
  if (first && named.length === 1) return first[1]
  if (first) {
    const which = named.map(([signature]) => signature).join(', ')
    throw unknown(`${shortened(name)} is overloaded: say which of ${which}.`)
  }
  const all = [...functions.keys()]
  const more = all.length > namesListedMax ? `, and ${all.length - namesListedMax} more` : ''
  const listed =
    all.length > 0 ? `${all.slice(0, namesListedMax).join(', ')}${more}` : 'no function'
  const names = [...functions.values()].map((item) => item.name)
  const guess = name.length > nameLengthMax ? undefined : nearest(name, names)
  const hint = guess === undefined ? '' : ` Did you mean ${guess}?`
  throw unknown(`The contract has no ${shortened(name)}; it has ${listed}.${hint}`)
}

const shortened = (name: string) =>
  JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name)

const unknown = (message: string) => new CodedError('FUNCTION_UNKNOWN', message)
