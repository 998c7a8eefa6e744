import { CodedError } from '@openbsn/sdk'
import type { Abi, AbiFunction, AbiParameter, Hex } from 'viem'
import { decodeAbiParameters, encodeAbiParameters } from 'viem/utils'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import { evmError } from '../errors.ts'
import { functionOf, indexOf } from './abi-index.ts'
import { signatureHash, signatureOf, typeOf } from './abi-signature.ts'
import { argumentsOf, bareOf, jsonOf, tupleJson } from './abi-values.ts'

/**
 * What a call of a function carries. `name` is a name, or a signature where several functions share
 * a name; `args` a list, or an object by name. Integers are decimal text, 0x text or safe numbers.
 * @throws FUNCTION_UNKNOWN, ARGUMENT_INVALID
 */
export function encodeCall(abi: Abi, name: string, args: JsonValue | undefined): Hex {
  const item = functionOf(abi, name)
  const selector = signatureHash(signatureOf(item)).slice(0, 10)
  return `${selector}${encoded(item.inputs, args)}` as Hex
}

/** What a function may do, as its ABI says. @throws FUNCTION_UNKNOWN */
export function mutabilityOf(abi: Abi, name: string): AbiFunction['stateMutability'] {
  return functionOf(abi, name).stateMutability
}

/** Whether a contract takes what is sent along when it is made. */
export function isPayableDeploy(abi: Abi): boolean {
  return indexOf(abi).constructorItem?.stateMutability === 'payable'
}

/** What a transaction carries that makes a contract. @throws ARGUMENT_INVALID */
export function encodeDeploy(abi: Abi, bytecode: Hex, args: JsonValue | undefined): Hex {
  const library = /__\$?.{0,40}/.exec(bytecode)?.[0]
  if (library) {
    const why = `it has places for the addresses of libraries, such as ${library}`
    throw new CodedError('ARGUMENT_INVALID', `bytecode: ${why}; name them in settings.libraries.`)
  }
  if (!/^0x[0-9a-fA-F]+$/.test(bytecode) || bytecode.length % 2 !== 0) {
    throw new CodedError('ARGUMENT_INVALID', 'bytecode: 0x and two digits for each byte.')
  }
  return `${bytecode}${encoded(indexOf(abi).constructorItem?.inputs ?? [], args)}`
}

/** Without 0x. */
function encoded(parameters: readonly AbiParameter[], args: JsonValue | undefined): string {
  const values = argumentsOf(parameters, args)
  return encodeAbiParameters(parameters.map(bareOf), values as never).slice(2)
}

/**
 * What a function answered: null where it answers nothing, the value where it is one, an object by
 * name where all of several have names, else a list.
 * @throws FUNCTION_UNKNOWN, CONTRACT_ANSWER_INVALID
 */
export function decodeResult(abi: Abi, name: string, data: Hex): JsonValue {
  const { outputs } = functionOf(abi, name)
  const [first] = outputs
  if (!first) return null
  if (data === '0x') {
    const message = `${name} answered nothing: is the contract at that address one of this ABI?`
    throw evmError('CONTRACT_ANSWER_INVALID', message)
  }
  const members = decoded(outputs, data)
  if (!members) {
    const types = outputs.map(typeOf).join(', ')
    const message = `The answer of ${name} is not what its ABI says: ${types}.`
    throw evmError('CONTRACT_ANSWER_INVALID', message)
  }
  return outputs.length === 1 ? (members.list[0] ?? null) : members.json
}

type Log = { readonly topics: readonly Hex[]; readonly data: Hex }

/**
 * The event of a log, and its values by name (by place where they have none). Of an indexed text,
 * array or tuple a log has but the Keccak-256. Undefined where the ABI has no event that fits:
 * anybody can make a log that looks like another one.
 */
export function decodeEvent(
  abi: Abi,
  { topics, data }: Log,
): { readonly name: string; readonly args: JsonObject } | undefined {
  const event = indexOf(abi).events.get(topics[0] ?? '')
  if (!event) return undefined
  const isIndexed = event.inputs.map((one) => one.indexed === true)
  // An ERC-20 and an ERC-721 share the name of a transfer, and differ in what is indexed.
  if (isIndexed.filter(Boolean).length !== topics.length - 1) return undefined
  const plain = event.inputs.filter((_, i) => !isIndexed[i])
  const words = event.inputs.filter((_, i) => isIndexed[i]).map(topicParameter)
  const fromTopics = decoded(
    words,
    `0x${topics
      .slice(1)
      .map((one) => one.slice(2))
      .join('')}`,
  )
  const fromData = decoded(plain, data)
  if (!fromTopics || !fromData) return undefined
  const names = event.inputs.map(({ name }, i) => [name || String(i), isIndexed[i]] as const)
  const rest = { topics: [...fromTopics.list], data: [...fromData.list] }
  return {
    name: event.name,
    args: Object.fromEntries(
      names.map(([name, isTopic]) => [name, rest[isTopic ? 'topics' : 'data'].shift() ?? null]),
    ),
  }
}

/** What the topic of an indexed parameter holds: the value where it is one word, else a hash. */
export function topicParameter(parameter: AbiParameter): AbiParameter {
  const isWord = !/^(string|bytes)$|^tuple|\]$/.test(parameter.type)
  return isWord ? parameter : { name: parameter.name ?? '', type: 'bytes32' }
}

/** Undefined where the bytes are no values of these types. */
function decoded(parameters: readonly AbiParameter[], data: Hex) {
  if (parameters.length === 0) return { list: [], json: [] }
  try {
    const values = decodeAbiParameters(parameters.map(bareOf), data) as readonly unknown[]
    const list = parameters.map((one, i) => jsonOf(one, values[i]))
    return { list, json: tupleJson(parameters, values) }
  } catch {
    return undefined
  }
}

/** Codes of Solidity, "Panic via assert and error via require". */
const panics: Readonly<Record<string, string>> = {
  '0': 'a panic of the compiler',
  '1': 'an assertion does not hold',
  '17': 'arithmetic overflow',
  '18': 'division by zero',
  '33': 'no such value of an enum',
  '34': 'a byte array in storage is broken',
  '49': 'pop of an empty array',
  '50': 'an index is out of bounds',
  '65': 'too much memory',
  '81': 'a function pointer that was never set',
}

const textParameter: AbiParameter = { name: 'reason', type: 'string' }
const codeParameter: AbiParameter = { name: 'code', type: 'uint256' }
const reasonLengthMax = 1000

/**
 * Why a call was reverted, in words: `ERC20InsufficientBalance(sender: 0x…, balance: 0, needed: 5)`
 * where the ABI has the error. Never throws: a contract may say anything.
 */
export function decodeRevert(abi: Abi | undefined, data: Hex): string {
  const reason = reasonOf(abi, data.toLowerCase() as Hex)
  return reason.length > reasonLengthMax ? `${reason.slice(0, reasonLengthMax)}…` : reason
}

function reasonOf(abi: Abi | undefined, data: Hex): string {
  if (data.length < 10) return 'reverted without a reason'
  const selector = data.slice(0, 10)
  const body: Hex = `0x${data.slice(10)}`
  if (selector === '0x08c379a0') {
    const text = decoded([textParameter], body)?.list[0]
    if (typeof text === 'string') return `reverted: ${text.toWellFormed()}`
  }
  if (selector === '0x4e487b71') {
    const code = decoded([codeParameter], body)?.list[0]
    if (typeof code === 'string') {
      return `Panic 0x${BigInt(code).toString(16).padStart(2, '0')}: ${panics[code] ?? 'unknown'}`
    }
  }
  const error = abi && indexOf(abi).errors.get(selector)
  const values = error && decoded(error.inputs, body)
  if (!error || !values) return `reverted with ${data}, an error that the ABI does not have`
  const shown = error.inputs.map(({ name }, i) => {
    const value = values.list[i] ?? null
    const text = typeof value === 'string' && !needsQuotes(error.inputs[i])
    return `${name ? `${name}: ` : ''}${text ? value : JSON.stringify(value)}`
  })
  return `${error.name}(${shown.join(', ')})`
}

const needsQuotes = (parameter: AbiParameter | undefined) => parameter?.type === 'string'
