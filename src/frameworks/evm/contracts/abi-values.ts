import { CodedError } from '@openbsn/sdk'
import type { AbiParameter, Hex } from 'viem'
import { getAddress } from 'viem/utils'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import { typeOf } from './abi-signature.ts'

/** Values in one call, and bytes of its texts: far above what a transaction may hold. */
const valuesMax = 100_000
const bytesMax = 1024 * 1024

const decimal = /^(?:0|-?[1-9]\d{0,77})$/
const hexadecimal = /^0x[0-9a-fA-F]{1,64}$/
/** No group is repeated in it, so that it takes long texts in one pass. */
const hexText = /^0x[0-9a-fA-F]*$/

/** What a call may still hold. */
type Budget = { values: number; bytes: number }
type Named = Pick<AbiParameter, 'name' | 'type'>

/**
 * Arguments from JSON, a list or an object by name, as viem takes them for `bareOf` parameters.
 * @throws ARGUMENT_INVALID, with the place of the argument: `args.order.items[3]`
 */
export function argumentsOf(
  parameters: readonly AbiParameter[],
  args: JsonValue | undefined,
): unknown[] {
  const budget = { values: valuesMax, bytes: bytesMax }
  return membersOf(parameters, args ?? [], { path: 'args', budget })
}

type Place = { readonly path: string; readonly budget: Budget }

function membersOf(parameters: readonly AbiParameter[], value: JsonValue, at: Place): unknown[] {
  if (Array.isArray(value)) {
    if (value.length !== parameters.length) {
      const wanted = parameters.map(labelOf).join(', ') || 'none'
      throw invalid(
        at.path,
        `${value.length} values, where it takes ${parameters.length}: ${wanted}`,
      )
    }
    return parameters.map((one, i) =>
      readValue(one, value[i] ?? null, { ...at, path: `${at.path}[${i}]` }),
    )
  }
  if (typeof value !== 'object' || value === null) {
    throw invalid(at.path, 'it is an object by name, or a list')
  }
  if (parameters.some(({ name }) => !name)) {
    throw invalid(at.path, 'not all of these have names: send them as a list')
  }
  const names = new Set(parameters.map(({ name }) => name))
  const strange = Object.keys(value).find((name) => !names.has(name))
  if (strange !== undefined) {
    throw invalid(at.path, `it has no ${shown(strange)}, but ${[...names].join(', ') || 'nothing'}`)
  }
  return parameters.map((one) => {
    const given = value[one.name ?? '']
    const path = `${at.path}.${one.name}`
    if (given === undefined) throw invalid(path, `it is missing (${typeOf(one)})`)
    return readValue(one, given, { ...at, path })
  })
}

const labelOf = (parameter: AbiParameter) => `${typeOf(parameter)} ${parameter.name ?? ''}`.trim()

function readValue(parameter: AbiParameter, value: JsonValue, at: Place): unknown {
  if (--at.budget.values < 0) throw invalid(at.path, `more than ${valuesMax} values in one call`)
  const { type } = parameter
  const array = arrayOf(parameter)
  if (array) return itemsOf(array, value, at)
  if ('components' in parameter) return membersOf(parameter.components, value, at)
  if (type === 'bool') return booleanOf(value, at)
  if (type === 'address') return addressOf(value, at)
  if (type === 'string') return textOf(value, at)
  if (type.includes('int')) return integerOf(type, value, at)
  return bytesOf(type, value, at)
}

function itemsOf(array: ArrayType, value: JsonValue, at: Place): unknown[] {
  if (!Array.isArray(value)) throw invalid(at.path, 'it is a list')
  if (array.length !== undefined && array.length !== value.length) {
    throw invalid(at.path, `${value.length} items, where it has ${array.length}`)
  }
  return value.map((one, i) => readValue(array.item, one, { ...at, path: `${at.path}[${i}]` }))
}

function booleanOf(value: JsonValue, { path }: Place): boolean {
  if (typeof value === 'boolean') return value
  throw invalid(path, `${shown(value)} is neither true nor false`)
}

function addressOf(value: JsonValue, { path }: Place): string {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(value)) {
    throw invalid(path, `${shown(value)} is no address: 0x and 40 hexadecimal digits`)
  }
  const lower = value.toLowerCase() as Hex
  const digits = value.slice(2)
  const isMixed = digits !== digits.toLowerCase() && digits !== digits.toUpperCase()
  if (isMixed && getAddress(lower) !== value) {
    throw invalid(path, `${value} has a wrong checksum (EIP-55): a digit may be mistyped`)
  }
  return lower
}

function integerOf(type: string, value: JsonValue, { path }: Place): bigint {
  const whole = wholeOf(value)
  if (whole === undefined) {
    const how = 'as decimal text, as 0x text, or as a number up to 2^53 - 1'
    throw invalid(path, `${shown(value)} is no ${type}: write a whole number ${how}`)
  }
  const { least, most } = boundsOf(type)
  if (whole >= least && whole <= most) return whole
  throw invalid(path, `${shown(value)} is out of range: ${type} goes from ${least} to ${most}`)
}

function wholeOf(value: JsonValue): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
  if (typeof value !== 'string') return undefined
  return decimal.test(value) || hexadecimal.test(value) ? BigInt(value) : undefined
}

/** What `uint8` or `int256` can be, both ends included. */
export function boundsOf(type: string): { readonly least: bigint; readonly most: bigint } {
  const bits = BigInt(/\d+$/.exec(type)?.[0] ?? '256')
  if (type.startsWith('u')) return { least: 0n, most: 2n ** bits - 1n }
  return { least: -(2n ** (bits - 1n)), most: 2n ** (bits - 1n) - 1n }
}

/** As bytes: viem cuts texts into words one by one, which takes ten times as long. */
function textOf(value: JsonValue, at: Place): Hex {
  if (typeof value !== 'string' || !value.isWellFormed()) {
    throw invalid(at.path, `${shown(value)} is no text`)
  }
  takeBytes(Buffer.byteLength(value), at)
  return `0x${Buffer.from(value).toString('hex')}`
}

function bytesOf(type: string, value: JsonValue, at: Place): Hex {
  const isHex = typeof value === 'string' && value.length % 2 === 0 && hexText.test(value)
  if (!isHex)
    throw invalid(at.path, `${shown(value)} is no ${type}: 0x and two digits for each byte`)
  const size = value.length / 2 - 1
  const wanted = type === 'function' ? 24 : Number(type.slice('bytes'.length))
  if (wanted > 0 && size !== wanted) {
    throw invalid(at.path, `${size} bytes, where ${type} has ${wanted}`)
  }
  takeBytes(size, at)
  return value as Hex
}

function takeBytes(size: number, { path, budget }: Place): void {
  budget.bytes -= size
  if (budget.bytes < 0) throw invalid(path, `more than ${bytesMax} bytes in one call`)
}

type ArrayType = { readonly item: AbiParameter; readonly length: number | undefined }

/** Of `uint8[2][]`: a list of any length of `uint8[2]`; undefined where it is no array. */
export function arrayOf(parameter: AbiParameter): ArrayType | undefined {
  const { type } = parameter
  if (!type.endsWith(']')) return undefined
  const bracket = type.lastIndexOf('[')
  const length = type.slice(bracket + 1, -1)
  const item = { ...parameter, type: type.slice(0, bracket) } as AbiParameter
  return { item, length: length === '' ? undefined : Number(length) }
}

/**
 * The same parameters for viem: without names, so that tuples are lists whatever they are called;
 * texts as bytes, and function pointers as the 24 bytes that they are.
 */
export function bareOf(parameter: AbiParameter): AbiParameter {
  if ('components' in parameter) {
    return { type: parameter.type, components: parameter.components.map(bareOf) }
  }
  const type = parameter.type.replace(/^string/, 'bytes').replace(/^function/, 'bytes24')
  return { type }
}

/** A decoded value of a `bareOf` parameter as JSON. @throws RangeError where it cannot be one */
export function jsonOf(parameter: AbiParameter, value: unknown): JsonValue {
  const array = arrayOf(parameter)
  if (array) return (value as unknown[]).map((one) => jsonOf(array.item, one))
  if ('components' in parameter) {
    return tupleJson(parameter.components, value as readonly unknown[])
  }
  const { type } = parameter
  if (type === 'string') return Buffer.from(String(value).slice(2), 'hex').toString('utf8')
  if (type === 'bool') return value === true
  if (!type.includes('int')) return String(value)
  const whole = BigInt(value as bigint | number)
  const { least, most } = boundsOf(type)
  if (whole < least || whole > most) throw new RangeError(`${whole} is no ${type}`)
  return whole.toString()
}

/** An object by name where all have names, else a list. */
export function tupleJson(
  parameters: readonly AbiParameter[],
  values: readonly unknown[],
): JsonObject | JsonValue[] {
  const members = parameters.map((one, i) => jsonOf(one, values[i]))
  if (!hasNames(parameters)) return members
  return Object.fromEntries(parameters.map(({ name }, i) => [name, members[i] ?? null]))
}

/** True where each has a name, so that they are told as an object. */
export const hasNames = (parameters: readonly Named[]) => parameters.every(({ name }) => name)

function shown(value: JsonValue): string {
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

const invalid = (path: string, why: string) =>
  new CodedError('ARGUMENT_INVALID', `${path}: ${why}.`)
