import type { Check } from '../../../parts/form-checks.ts'
import { checkWhole } from '../../../parts/form-checks.ts'

/** What a contract's own description, its ABI, says of what it takes. */

export type Parameter = {
  readonly name: string
  readonly type: string
  readonly components: readonly Parameter[]
}

/** A function, under the name that the gateway calls it by. */
export type ContractFunction = {
  readonly name: string
  readonly inputs: readonly Parameter[]
  /** Whether it changes nothing, so that it is asked and not sent. */
  readonly isRead: boolean
  readonly isPayable: boolean
  /** What it is called with, of what was given for its inputs; just that where absent. */
  readonly pack?: ((given: readonly unknown[]) => readonly unknown[]) | undefined
}

type Json = Readonly<Record<string, unknown>>

const objectsIn = (value: unknown): readonly Json[] =>
  (Array.isArray(value) ? value : []).filter((one) => typeof one === 'object' && one !== null)

const textIn = (value: unknown) => (typeof value === 'string' ? value : '')

function parametersIn(value: unknown): readonly Parameter[] {
  return objectsIn(value).map(({ name, type, components }) => ({
    ...{ name: textIn(name), type: textIn(type), components: parametersIn(components) },
  }))
}

/** `(uint256,address)[]` where ABIs say `tuple[]`. */
function typeOf({ type, components }: Parameter): string {
  if (!type.startsWith('tuple')) return type
  return `(${components.map(typeOf).join(',')})${type.slice('tuple'.length)}`
}

/** The functions, in the order of the ABI; by signature where several have one name. */
export function functionsOf(abi: readonly object[]): readonly ContractFunction[] {
  const items = objectsIn(abi).filter(({ type }) => type === 'function')
  const count = (name: unknown) => items.filter((one) => one.name === name).length
  return items.map(({ name, inputs, stateMutability }) => {
    const parameters = parametersIn(inputs)
    const signature = `${name}(${parameters.map(typeOf).join(',')})`
    return {
      name: count(name) > 1 ? signature : textIn(name),
      inputs: parameters,
      isRead: stateMutability === 'view' || stateMutability === 'pure',
      isPayable: stateMutability === 'payable',
    }
  })
}

/** What it takes to make a contract. */
export function constructorOf(
  abi: readonly object[],
): Pick<ContractFunction, 'inputs' | 'isPayable'> {
  const found = objectsIn(abi).find(({ type }) => type === 'constructor')
  const inputs = parametersIn(found?.inputs)
  return { inputs, isPayable: found?.stateMutability === 'payable' }
}

/** How one parameter is typed in. */
export type Input = {
  /** Such as `amount (uint256)`. */
  readonly label: string
  /** What it is chosen from, where it is not typed. */
  readonly options?: readonly string[]
  readonly check: Check
  readonly read: (text: string) => unknown
}

const isList = ({ type }: Parameter) => type.endsWith(']') || type.startsWith('tuple')
const trimmed = (text: string) => text.trim()

/** The field of a parameter; lists and tuples are JSON. */
export function inputOf(parameter: Parameter, place: number): Input {
  const { type, name } = parameter
  const label = `${name || place + 1} (${typeOf(parameter)})`
  if (isList(parameter)) return { label, check: checkJson, read: JSON.parse }
  if (type === 'bool') {
    const read = (text: string) => text === 'true'
    return { label, options: ['true', 'false'], check: () => undefined, read }
  }
  if (type === 'string') return { label, check: () => undefined, read: (text) => text }
  if (type === 'address') return { label, check: checkAddress, read: trimmed }
  const integer = /^(u?)int(\d*)$/.exec(type)
  if (integer) return { label, check: checkInteger(integer), read: trimmed }
  return { label, check: checkBytes(type), read: trimmed }
}

function checkInteger([, unsigned, size]: RegExpExecArray): Check {
  const bits = BigInt(size || 256)
  if (unsigned) return checkWhole({ least: 0n, most: 2n ** bits - 1n })
  return checkWhole({ least: -(2n ** (bits - 1n)), most: 2n ** (bits - 1n) - 1n })
}

/** An address; a checksum in it is looked at by the gateway. */
export const checkAddress: Check = (text) => {
  if (text.trim() === '') return { what: 'empty' }
  return /^0x[0-9a-fA-F]{40}$/.test(text.trim()) ? undefined : { what: 'address' }
}

const checkBytes =
  (type: string): Check =>
  (text) => {
    const given = text.trim()
    if (given === '') return { what: 'empty' }
    const size = /^bytes(\d+)$/.exec(type)?.[1]
    const isHex = /^0x([0-9a-fA-F]{2})*$/.test(given)
    const isSized = size === undefined || given.length === 2 + 2 * Number(size)
    return isHex && isSized ? undefined : { what: 'bytes', like: type }
  }

/** A list or an object; a number that JSON would round is written in quotes. */
export const checkJson: Check = (text) => {
  if (text.trim() === '') return { what: 'empty' }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return { what: 'list' }
    return hasRounded(value) ? { what: 'rounded' } : undefined
  } catch {
    return { what: 'list' }
  }
}

function hasRounded(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isSafeInteger(value)
  return typeof value === 'object' && value !== null && Object.values(value).some(hasRounded)
}

/** Wei to send along: 78 digits are the most that a chain knows. */
export const checkWei: Check = (text) =>
  text.trim() === '' ? undefined : checkWhole({ least: 0n, most: 2n ** 256n - 1n })(text)

/** What a function answered, to be read. */
export const answerText = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value, undefined, 2) ?? '')
