import type { Abi, AbiParameter } from 'viem'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import { evmError } from '../errors.ts'
import { signatureOf } from './abi-signature.ts'

type AbiItem = Abi[number]
type Mutability = 'pure' | 'view' | 'nonpayable' | 'payable'
type Budget = { parameters: number }
type Place = { readonly path: string; readonly depth: number; readonly budget: Budget }

/** The largest contracts have some hundred functions. */
const itemsMax = 2000
/** Of tuples and arrays in each other. */
const depthMax = 16
/** Of all items together, components included. */
const parametersMax = 20_000
/** Of 32 bytes that one value takes before anything that can grow: `uint256[65536]`. */
const wordsMax = 65_536
const nameLengthMax = 200

const identifier = /^[A-Za-z_$][\w$]*$/
const elementary =
  /^(?:address|bool|string|bytes(?:[1-9]|[12]\d|3[0-2])?|u?int(?:\d{1,3})?|function|tuple)$/

/**
 * An ABI as compilers print it, checked to the last component, so that nothing after this can
 * stumble over it. Fields that compilers add beside are left out; what compilers before 0.5 called
 * `constant` and `payable` is read too.
 * @throws ABI_INVALID, with the place in the message: `abi[3].inputs[0].type`
 */
export function readAbi(value: JsonValue): Abi {
  if (!Array.isArray(value)) throw invalid('abi', 'it is a list of functions, events and errors')
  if (value.length > itemsMax) throw invalid('abi', `it has more than ${itemsMax} items`)
  const budget = { parameters: 0 }
  const items = value.map((item, i) => readItem(item, { path: `abi[${i}]`, depth: 0, budget }))
  requireDistinct(items)
  return Object.freeze(items)
}

function readItem(value: JsonValue, at: Place): AbiItem {
  const item = objectOf(value, at.path)
  const type = item.type ?? 'function'
  switch (type) {
    case 'function':
      return {
        type,
        name: nameOf(item, at.path),
        inputs: parametersOf(item.inputs, within(at, 'inputs')),
        outputs: parametersOf(item.outputs ?? [], within(at, 'outputs')),
        stateMutability: mutabilityOf(item, at.path),
      }
    case 'constructor': {
      const stateMutability = mutabilityOf(item, at.path) === 'payable' ? 'payable' : 'nonpayable'
      return {
        type,
        inputs: parametersOf(item.inputs ?? [], within(at, 'inputs')),
        stateMutability,
      }
    }
    case 'event':
      return eventOf(item, at)
    case 'error':
      return {
        type,
        name: nameOf(item, at.path),
        inputs: parametersOf(item.inputs, within(at, 'inputs')),
      }
    case 'fallback': {
      const stateMutability = mutabilityOf(item, at.path) === 'payable' ? 'payable' : 'nonpayable'
      return { type, stateMutability }
    }
    case 'receive':
      return { type, stateMutability: 'payable' }
    default:
      throw invalid(`${at.path}.type`, `${shown(type)} is none of function, event, error, …`)
  }
}

function eventOf(item: JsonObject, at: Place): AbiItem {
  const inputs = parametersOf(item.inputs, within(at, 'inputs'))
  const anonymous = item.anonymous === true
  const indexed = inputs.filter((one) => 'indexed' in one && one.indexed).length
  // A log has four topics, the first of which is the event's own.
  if (indexed > (anonymous ? 4 : 3)) throw invalid(`${at.path}.inputs`, 'too many are indexed')
  return { type: 'event', name: nameOf(item, at.path), inputs, anonymous }
}

const within = (at: Place, name: string): Place => ({ ...at, path: `${at.path}.${name}` })

function parametersOf(value: JsonValue | undefined, at: Place): AbiParameter[] {
  return weighed(value, at).parameters
}

type Weighed = { readonly parameters: AbiParameter[]; readonly words: number }

function weighed(value: JsonValue | undefined, at: Place): Weighed {
  if (!Array.isArray(value)) throw invalid(at.path, 'it is a list of parameters')
  at.budget.parameters += value.length
  if (at.budget.parameters > parametersMax) {
    throw invalid('abi', `it has more than ${parametersMax} parameters`)
  }
  const names = new Set<string>()
  let words = 0
  const parameters = value.map((one, i) => {
    const read = readParameter(one, { ...at, path: `${at.path}[${i}]` })
    const { name } = read.parameter
    if (name && names.has(name)) throw invalid(`${at.path}[${i}].name`, `${name} is there twice`)
    if (name) names.add(name)
    words += read.words
    if (words > wordsMax) throw invalid(at.path, `one value takes over ${wordsMax} words`)
    return read.parameter
  })
  return { parameters, words }
}

function readParameter(value: JsonValue, at: Place) {
  const item = objectOf(value, at.path)
  const { base, sizes } = typeOf(item.type, `${at.path}.type`)
  const depth = at.depth + sizes.length + (base === 'tuple' ? 1 : 0)
  if (depth > depthMax) throw invalid(at.path, `it is nested deeper than ${depthMax}`)
  const tuple =
    base === 'tuple' ? weighed(item.components, { ...within(at, 'components'), depth }) : undefined
  if (tuple && tuple.parameters.length === 0) {
    throw invalid(`${at.path}.components`, 'a tuple has one component or more')
  }
  const name = item.name ?? ''
  const isName = typeof name === 'string' && (name === '' || isIdentifier(name))
  if (!isName) throw invalid(`${at.path}.name`, `${shown(name)} is no name`)
  const parameter = {
    name,
    type: base + sizes.map((size) => `[${size ?? ''}]`).join(''),
    ...(typeof item.internalType === 'string' && item.internalType.length <= nameLengthMax
      ? { internalType: item.internalType }
      : {}),
    ...(typeof item.indexed === 'boolean' ? { indexed: item.indexed } : {}),
    ...(tuple ? { components: tuple.parameters } : {}),
  } as AbiParameter
  return { parameter, words: wordsOf(tuple?.words ?? 1, sizes, at.path) }
}

/** An array whose length is not fixed is one word and what lies elsewhere. */
function wordsOf(base: number, sizes: readonly (number | undefined)[], path: string): number {
  return sizes.reduce<number>((words, size) => {
    if (size === undefined) return 1
    if (words * size > wordsMax) throw invalid(path, `one value takes over ${wordsMax} words`)
    return words * size
  }, base)
}

/** `uint` is `uint256`: selectors are made of the long names. */
function typeOf(value: JsonValue | undefined, path: string) {
  const text = typeof value === 'string' && value.length <= nameLengthMax ? value : ''
  const bracket = text.indexOf('[')
  const base = bracket < 0 ? text : text.slice(0, bracket)
  const arrays = bracket < 0 ? '' : text.slice(bracket)
  if (!elementary.test(base) || !/^(?:\[\d{0,9}\])*$/.test(arrays) || !isWidth(base)) {
    throw invalid(path, `${shown(value ?? null)} is no type`)
  }
  const sizes = [...arrays.matchAll(/\[(\d*)\]/g)].map(([, size]) =>
    size ? Number(size) : undefined,
  )
  if (sizes.includes(0)) throw invalid(path, 'an array of fixed length has one item or more')
  return { base: /^u?int$/.test(base) ? `${base}256` : base, sizes }
}

function isWidth(base: string): boolean {
  const bits = /^u?int(\d+)$/.exec(base)?.[1]
  if (bits === undefined) return true
  return !bits.startsWith('0') && Number(bits) % 8 === 0 && Number(bits) <= 256
}

function mutabilityOf(item: JsonObject, path: string): Mutability {
  const told = item.stateMutability
  // ethers 6 prints "undefined" for constructors.
  if (told === undefined || told === 'undefined') {
    if (item.constant === true) return 'view'
    return item.payable === true ? 'payable' : 'nonpayable'
  }
  if (told === 'pure' || told === 'view' || told === 'nonpayable' || told === 'payable') return told
  throw invalid(`${path}.stateMutability`, `${shown(told)} is none that there is`)
}

function nameOf(item: JsonObject, path: string): string {
  if (typeof item.name === 'string' && isIdentifier(item.name)) return item.name
  throw invalid(`${path}.name`, `${shown(item.name ?? null)} is no name`)
}

/** The one name that is no ordinary key of an object in JavaScript is not read. */
const isIdentifier = (text: string) =>
  text.length <= nameLengthMax && identifier.test(text) && text !== '__proto__'

function objectOf(value: JsonValue, path: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw invalid(path, 'it is an object')
}

function requireDistinct(items: readonly AbiItem[]): void {
  const seen = new Set<string>()
  items.forEach((item, i) => {
    const name = 'name' in item ? signatureOf(item) : item.type
    const key = `${item.type} ${name}`
    if (seen.has(key)) throw invalid(`abi[${i}]`, `${name} is there twice`)
    seen.add(key)
  })
}

function shown(value: JsonValue): string {
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

const invalid = (path: string, why: string) => evmError('ABI_INVALID', `${path}: ${why}.`)
