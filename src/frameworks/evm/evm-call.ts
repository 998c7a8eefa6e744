import { CodedError, sha256 } from '@openbsn/sdk'
import { type Abi, getAddress, type Hex, isAddress } from 'viem'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import { bytesOf, hexOf } from '../blocks/hex.ts'
import type { Call } from '../framework.ts'
import { keccak256 } from './accounts/keccak.ts'
import type { Chains } from './chain.ts'
import { type ContractRegistry, type KnownContract, requireName } from './contract-registry.ts'
import { encodeCall, encodeDeploy, isPayableDeploy, mutabilityOf } from './contracts/abi.ts'
import type { Compiler } from './contracts/compile.ts'
import { readCompileInput } from './contracts/compile-input.ts'
import type { CompiledContract } from './contracts/compiled-contract.ts'
import { readAbi } from './contracts/read-abi.ts'
import { templates } from './contracts/templates.ts'
import { calledContract } from './proxied-contracts.ts'

/** The arguments of calls, read strictly: what is missing, unknown or of another type is told. */

/** What a transaction does; `to` is absent where it makes a contract. */
export type Effect = {
  readonly to?: Hex
  readonly data: Hex
  readonly value: bigint
  readonly gas?: bigint
  /** ABI of what is called, for reasons of reverts; the registered contract that it is. */
  readonly abi?: Abi
}

/** A contract that is to be made, under a name. */
export type NewContract = Effect & {
  readonly name: string | undefined
  readonly contract: string
  readonly template?: string
  readonly compiled?: CompiledContract
}

export type PreparedCall =
  | { readonly kind: 'send'; readonly effect: Effect }
  | { readonly kind: 'deploy'; readonly effect: NewContract }
  | { readonly kind: 'raw'; readonly raw: Hex; readonly hash: Hex }

export type PrepareDeps = {
  readonly contracts: Pick<ContractRegistry, 'find'>
  readonly chains: Pick<Chains, 'of'>
  readonly compiler: Compiler
}

const bad = (what: string) => new CodedError('ARGUMENT_INVALID', what)

const sendFields = ['to', 'function', 'args', 'data', 'value', 'gas', 'raw']
const deployFields = [
  ...['name', 'template', 'sources', 'contract', 'settings', 'abi', 'bytecode'],
  ...['args', 'value', 'gas'],
]

/** @throws ARGUMENT_INVALID, FUNCTION_UNKNOWN, ABI_INVALID, COMPILE_FAILED, CONTRACT_NOT_FOUND */
export async function prepareCall(
  { service, function: name, args }: Pick<Call, 'service' | 'function' | 'args'>,
  deps: PrepareDeps,
  signal: AbortSignal,
): Promise<PreparedCall> {
  if (name === 'deploy') {
    requireFields(args, deployFields)
    return { kind: 'deploy', effect: await newContract(service, args, deps, signal) }
  }
  if (name !== 'send') throw unknownFunction(name, 'deploy, send')
  requireFields(args, sendFields)
  if (args.raw === undefined) {
    const effect = effectOf(service, args, await calledContract(service, args, deps, signal))
    requireChange(effect)
    return { kind: 'send', effect }
  }
  if (Object.keys(args).length > 1) throw bad('raw: a signed transaction says all by itself.')
  const raw = givenBytes(args.raw, 'raw')
  return { kind: 'raw', raw, hash: hexOf(keccak256(bytesOf(raw))) }
}

export function unknownFunction(name: string, there: string): CodedError {
  return new CodedError('FUNCTION_UNKNOWN', `No function ${name} here: there is ${there}.`)
}

export function requireFields(args: JsonObject, known: readonly string[]): void {
  const unknown = Object.keys(args).find((one) => !known.includes(one))
  if (unknown === undefined) return
  throw bad(`${unknown} is no argument here: there is ${known.join(', ')}.`)
}

/** A call of a function of a known contract by its name, or of an address with bytes. */
export function effectOf(
  service: string,
  args: JsonObject,
  known: KnownContract | undefined,
): Effect & { readonly to: Hex; readonly function?: string } {
  const target = textOf(args.to, 'to')
  const more = { value: amountOf(args.value, 'value') ?? 0n, ...gasOf(args) }
  if (!known && !target.startsWith('0x')) throw contractUnknown(service, target)
  const to = known?.address ?? addressOf(target, 'to')
  if (args.function === undefined) {
    if (args.args !== undefined) throw bad('args: they need a function.')
    const data = args.data === undefined ? '0x' : givenBytes(args.data, 'data')
    return { to, data, ...more, ...(known ? { abi: known.abi } : {}) }
  }
  if (args.data !== undefined) throw bad('data: a function and its args say it already.')
  const name = textOf(args.function, 'function')
  if (!known) throw contractUnknown(service, target)
  const data = encodeCall(known.abi, name, args.args ?? [])
  requireTaking(known.abi, name, more.value)
  return { to, data, abi: known.abi, function: name, ...more }
}

/** A transaction that asks costs as one that does something, and nobody hears the answer. */
function requireChange({ abi, function: name }: ReturnType<typeof effectOf>): void {
  const mutability = abi && name !== undefined ? mutabilityOf(abi, name) : 'nonpayable'
  if (mutability !== 'view' && mutability !== 'pure') return
  throw bad(`function: ${name} changes nothing, so that it is asked: …/call/${name}.`)
}

export function contractUnknown(service: string, contract: string): CodedError {
  const message = `${service} has no contract ${contract} that this node knows by name or address.`
  return new CodedError('CONTRACT_NOT_FOUND', message)
}

async function newContract(
  service: string,
  args: JsonObject,
  { compiler }: PrepareDeps,
  signal: AbortSignal,
): Promise<NewContract> {
  const ways = ['template', 'sources', 'bytecode'].filter((way) => args[way] !== undefined)
  if (ways.length !== 1) throw bad('One of template, sources, or abi with bytecode is needed.')
  const name = args.name === undefined ? undefined : requireName(textOf(args.name, 'name'))
  const more = { name, value: amountOf(args.value, 'value') ?? 0n, ...gasOf(args) }
  if (ways[0] === 'bytecode') {
    const abi = readAbi(args.abi ?? [])
    requirePayable(abi, more.value)
    const data = encodeDeploy(abi, givenBytes(args.bytecode, 'bytecode'), args.args ?? [])
    return { ...more, contract: 'contract', abi, data }
  }
  const { template, input } = sourcesOf(args)
  const compiled = await compiler.compile(input, signal, service)
  requirePayable(compiled.abi, more.value)
  const data = encodeDeploy(compiled.abi, compiled.bytecode, args.args ?? [])
  const what = { contract: compiled.name, abi: compiled.abi, data, compiled }
  return { ...more, ...what, ...(template === undefined ? {} : { template }) }
}

function requireTaking(abi: Abi, name: string, value: bigint): void {
  if (value === 0n || mutabilityOf(abi, name) === 'payable') return
  throw bad(`value: ${name} takes none, it is not payable.`)
}

function requirePayable(abi: Abi, value: bigint): void {
  if (value === 0n || isPayableDeploy(abi)) return
  throw bad('value: the contract takes none when it is made, its constructor is not payable.')
}

/** What a deployment or a verification names to be compiled. */
export function sourcesOf(args: JsonObject) {
  if (args.template !== undefined) {
    const name = textOf(args.template, 'template')
    const template = templates.find((one) => one.name === name)
    const names = templates.map((one) => one.name).join(', ')
    if (!template) throw bad(`template: there is ${names}.`)
    return { template: name, input: { sources: template.sources, contract: template.contract } }
  }
  const { sources, contract, settings } = args
  const given = {
    ...(sources === undefined ? {} : { sources }),
    ...(contract === undefined ? {} : { contract }),
  }
  const input = readCompileInput({ ...given, ...(settings === undefined ? {} : { settings }) })
  return { template: undefined, input }
}

/** With its checksum. @throws ARGUMENT_INVALID */
export function addressOf(text: string, name: string): Hex {
  if (isAddress(text)) return getAddress(text)
  const why = isAddress(text, { strict: false })
    ? 'its checksum (EIP-55) is wrong'
    : 'none has this form'
  throw bad(`${name}: ${text.slice(0, 64)} is no name of a contract here, and no address: ${why}.`)
}

export function textOf(value: JsonValue | undefined, name: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw bad(`${name}: a text must be given.`)
}

export function objectOf(value: JsonValue | undefined, name: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as JsonObject
  throw bad(`${name}: an object must be given.`)
}

export function givenBytes(value: JsonValue | undefined, name: string): Hex {
  if (typeof value === 'string' && /^0x([0-9a-f]{2})*$/i.test(value)) return value as Hex
  throw bad(`${name}: bytes in hex must be given, as 0x and two digits for each.`)
}

/** Decimal text, hex, or a whole number. */
function amountOf(value: JsonValue | undefined, name: string): bigint | undefined {
  if (value === undefined) return undefined
  const isNumber = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
  const isText = typeof value === 'string' && /^(\d{1,78}|0x[0-9a-f]{1,64})$/i.test(value)
  if ((isNumber || isText) && BigInt(value) < 1n << 256n) return BigInt(value)
  throw bad(`${name}: a whole number from 0 to 2^256 - 1 must be given, as decimal text.`)
}

function gasOf(args: JsonObject): { readonly gas?: bigint } {
  const gas = amountOf(args.gas, 'gas')
  return gas === undefined ? {} : { gas }
}

/** What two calls under one id must agree in. */
export function contentOf(prepared: PreparedCall): string {
  if (prepared.kind === 'raw') return prepared.raw.toLowerCase()
  const { to = 'new', data, value } = prepared.effect
  return `${to.toLowerCase()} ${data.toLowerCase()} ${value}`
}

/** SHA-256 of a transaction's input: what the index keeps of it. */
export function inputHash(data: Hex): Uint8Array {
  return sha256(bytesOf(data))
}
