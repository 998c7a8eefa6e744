import { CodedError } from '@openbsn/sdk'
import type { Hex } from 'viem'
import { type Abi, getAddress } from 'viem'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { BlockIndex } from '../blocks/block-index.ts'
import type { Question } from '../framework.ts'
import type { Accounts } from './accounts/accounts.ts'
import type { Chain, Chains } from './chain.ts'
import { ask, askMany, resultOf } from './chain-rpc.ts'
import type { ContractRegistry, KnownContract } from './contract-registry.ts'
import { requireName } from './contract-registry.ts'
import { decodeResult, decodeRevert } from './contracts/abi.ts'
import { clientOf } from './contracts/client-text.ts'
import type { Compiler } from './contracts/compile.ts'
import { openapiOf } from './contracts/describe.ts'
import { implementationOf } from './contracts/proxies.ts'
import { readAbi } from './contracts/read-abi.ts'
import { type ContractTemplate, templates } from './contracts/templates.ts'
import { compareCode } from './contracts/verify.ts'
import { evmError } from './errors.ts'
import {
  addressOf,
  contractUnknown,
  effectOf,
  requireFields,
  sourcesOf,
  textOf,
  unknownFunction,
} from './evm-call.ts'
import { eventOf } from './evm-events.ts'
import { calledContract, withImplementation } from './proxied-contracts.ts'
import type { Signers } from './signers.ts'

export type EvmQueryDeps = {
  readonly chains: Chains
  readonly contracts: ContractRegistry
  readonly compiler: Compiler
  readonly index: BlockIndex
  readonly accounts: Accounts
  readonly signers: Signers
}

type Asked = Question & { readonly service: string; readonly chain: Chain }
type Answerer = (asked: Asked, deps: EvmQueryDeps) => Promise<JsonValue> | JsonValue

/** So long may a question take. */
const questionMs = 20_000

const answerers: Readonly<Record<string, Answerer>> = {
  call,
  estimate,
  transaction,
  contracts: ({ service }, deps) => ({
    contracts: deps.contracts.list(service).map(summaryOf),
  }),
  contract: showContract,
  events: eventsOf,
  openapi: describe,
  client: describe,
  account,
  templates: () => ({ templates: templates.map(templateOf) }),
  compile,
  register,
  verify,
}

/** What can be asked of an EVM service without a transaction. */
export async function queryEvm(
  service: string,
  question: Question,
  deps: EvmQueryDeps,
): Promise<JsonValue> {
  const answerer = Object.hasOwn(answerers, question.function)
    ? answerers[question.function]
    : undefined
  if (!answerer) throw unknownFunction(question.function, Object.keys(answerers).join(', '))
  const chain = deps.chains.of(service)
  if (!chain) throw evmError('CHAIN_UNAVAILABLE', `This node has no chain of ${service}.`)
  return answerer({ ...question, service, chain }, deps)
}

const signalOf = () => AbortSignal.timeout(questionMs)

async function call({ service, chain, args, credential }: Asked, deps: EvmQueryDeps) {
  requireFields(args, ['to', 'function', 'args', 'data', 'from', 'value', 'block'])
  const { from, block, ...rest } = args
  const signal = signalOf()
  const effect = effectOf(service, rest, await calledContract(service, rest, deps, signal))
  const transaction = requestOf(effect, fromOf(from, credential, service, deps))
  const at = block === undefined ? 'latest' : blockOf(block)
  const data = await reverting(effect.abi, () =>
    ask(chain, 'eth_call', [transaction, at], { signal }),
  )
  const { abi, function: name } = effect
  if (abi === undefined || name === undefined) return { result: String(data) }
  return { result: decodeResult(abi, name, String(data) as Hex) }
}

async function estimate({ service, chain, args, credential }: Asked, deps: EvmQueryDeps) {
  requireFields(args, ['to', 'function', 'args', 'data', 'from', 'value'])
  const { from, ...rest } = args
  const signal = signalOf()
  const effect = effectOf(service, rest, await calledContract(service, rest, deps, signal))
  const transaction = requestOf(effect, fromOf(from, credential, service, deps))
  const gas = await reverting(effect.abi, () =>
    ask(chain, 'eth_estimateGas', [transaction], { signal }),
  )
  return { gas: String(BigInt(String(gas))) }
}

type Requested = { readonly to?: Hex; readonly data: Hex; readonly value: bigint }

function requestOf({ to, data, value }: Requested, from: Hex | undefined) {
  const hexValue = `0x${value.toString(16)}`
  return { ...(to ? { to } : {}), data, value: hexValue, ...(from ? { from } : {}) }
}

/** As whom a question asks: who is named, else the account of the credential where it has one. */
function fromOf(
  from: JsonValue | undefined,
  credential: string | undefined,
  service: string,
  { accounts, signers }: EvmQueryDeps,
): Hex | undefined {
  if (from !== undefined) return addressOf(textOf(from, 'from'), 'from')
  if (credential === undefined) return undefined
  return signers.addressOf(credential) ?? accounts.of(service, credential).address
}

function blockOf(block: JsonValue): string {
  if (typeof block === 'number' && Number.isSafeInteger(block) && block >= 0) {
    return `0x${block.toString(16)}`
  }
  if (block === 'latest' || block === 'finalized' || block === 'earliest') return block
  const message = 'block: a height, "latest", "finalized" or "earliest" must be given.'
  throw new CodedError('ARGUMENT_INVALID', message)
}

/** @throws CALL_REVERTED with the reason, where the chain says that it reverts */
async function reverting<T>(abi: Abi | undefined, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (cause) {
    const data = cause instanceof CodedError ? cause.details.data : undefined
    if (typeof data !== 'string') throw cause
    throw evmError('CALL_REVERTED', decodeRevert(abi, data as Hex), { details: { data }, cause })
  }
}

async function transaction({ service, chain, args }: Asked, { index }: EvmQueryDeps) {
  requireFields(args, ['hash'])
  const hash = textOf(args.hash, 'hash').toLowerCase()
  if (!/^0x[0-9a-f]{64}$/.test(hash)) {
    throw new CodedError('ARGUMENT_INVALID', 'hash: 0x and 64 hex digits must be given.')
  }
  await index.advance(service, signalOf())
  const found = index.transaction(service, hash)
  if (found) {
    const { height, time, from, to, created } = found
    const state = found.status === 1 ? 'committed' : 'rejected'
    const more = { ...(to ? { to } : {}), ...(created ? { created } : {}) }
    return { hash, state, height, time, from, ...more }
  }
  const pending = await ask(chain, 'eth_getTransactionByHash', [hash], { signal: signalOf() })
  if (pending === null) return null
  const { from, to } = pending as { readonly from: string; readonly to: string | null }
  return { hash, state: 'pending', from: getAddress(from), ...(to ? { to: getAddress(to) } : {}) }
}

function summaryOf({ name, address, template, verified, source }: KnownContract): JsonObject {
  return {
    name,
    address,
    hasSource: source !== undefined,
    ...(template === undefined ? {} : { template }),
    ...(verified === undefined ? {} : { verified }),
  }
}

/** @throws CONTRACT_NOT_FOUND */
function required(service: string, contract: JsonValue | undefined, deps: EvmQueryDeps) {
  const name = textOf(contract, 'contract')
  const found = deps.contracts.find(service, name)
  if (found) return found
  throw contractUnknown(service, name)
}

async function showContract({ service, chain, args }: Asked, deps: EvmQueryDeps) {
  requireFields(args, ['contract'])
  const known = required(service, args.contract, deps)
  const behind = await implementationOf(chain, known.address, signalOf())
  return { ...shown(known), ...(behind ? { proxyOf: behind } : {}) }
}

function shown(known: KnownContract): JsonObject {
  const { abi, source } = known
  const more = {
    abi: abi as unknown as JsonValue,
    ...(source ? { source: source as unknown as JsonValue } : {}),
  }
  return { ...summaryOf(known), ...more }
}

/** What a contract told, the newest first; `before` is the position of the last one of a page. */
async function eventsOf({ service, chain, args }: Asked, deps: EvmQueryDeps) {
  requireFields(args, ['contract', 'before', 'limit'])
  const signal = signalOf()
  const place = { service, chain, contracts: deps.contracts }
  const known = await withImplementation(required(service, args.contract, deps), place, signal)
  const { address } = known
  const before = Number(args.before ?? Number.MAX_SAFE_INTEGER)
  await deps.index.advance(service, signal)
  const from = { before, limit: Number(args.limit), address }
  const { logs, hasOlder } = deps.index.logs.readBack(service, from)
  const [last] = logs.slice(-1)
  const events = logs.map((log) => {
    const { contract: _, ...told } = eventOf(known, log)
    const { transaction, logIndex, height, time, topics, data } = log
    const sender = getAddress(log.from)
    const when = { ...{ transaction, logIndex, height, time }, from: sender }
    return { ...told, ...when, topics: [...topics], data }
  })
  return { events, ...(hasOlder && last ? { next: last.position } : {}) }
}

async function describe({ service, chain, args, function: what }: Asked, deps: EvmQueryDeps) {
  requireFields(args, ['contract', 'base'])
  const place = { service, chain, contracts: deps.contracts }
  const known = required(service, args.contract, deps)
  const { name, abi } = await withImplementation(known, place, signalOf())
  const base = textOf(args.base, 'base')
  if (what === 'client') return { text: clientOf({ name, abi, base }) }
  return openapiOf({ title: name, abi, base })
}

async function account({ service, chain, credential }: Asked, { accounts, signers }: EvmQueryDeps) {
  if (credential === undefined) {
    throw new CodedError('ARGUMENT_INVALID', 'No credential asks, so there is no account.')
  }
  const { address } = accounts.of(service, credential)
  // Whoever asks will send funds there: it stays the account that signs.
  if (chain.kind === 'external') await signers.keep({ service, credential, address })
  const requests = ['eth_getBalance', 'eth_getTransactionCount'].map((method) => {
    return { method, params: [address, 'latest'] }
  })
  const answers = await askMany(chain, requests, { signal: signalOf() })
  const [balance, nonce] = answers.map((one, i) => resultOf(one, requests[i]?.method ?? ''))
  return { address, balance: String(BigInt(String(balance))), nonce: Number(nonce) }
}

/** @throws CONTRACT_NAME_TAKEN, CONTRACT_MISSING where the chain has no code there */
async function register({ service, chain, args }: Asked, { contracts }: EvmQueryDeps) {
  requireFields(args, ['name', 'address', 'abi'])
  const name = requireName(textOf(args.name, 'name'))
  const address = addressOf(textOf(args.address, 'address'), 'address')
  await codeOf(chain, address)
  return shown(contracts.put(service, { name, address, abi: readAbi(args.abi ?? []) }))
}

async function codeOf(chain: Chain, address: Hex): Promise<Hex> {
  const code = await ask(chain, 'eth_getCode', [address, 'latest'], { signal: signalOf() })
  if (typeof code === 'string' && code !== '0x') return code as Hex
  throw evmError('CONTRACT_MISSING', `The chain has no code at ${address}.`)
}

/** What sources come to, before anything is deployed. */
async function compile({ service, args }: Asked, { compiler }: EvmQueryDeps) {
  requireFields(args, ['sources', 'template', 'settings', 'contract'])
  const compiled = await compiler.compile(sourcesOf(args).input, undefined, service)
  const { name, file, abi, bytecode, warnings, input } = compiled
  const made = { name, file, abi, bytecode, compiler: compiled.compiler, warnings }
  return { ...made, sources: input.sources } as unknown as JsonObject
}

/** Compiles a source again and compares it with the code of the chain. */
async function verify({ service, chain, args }: Asked, deps: EvmQueryDeps) {
  const { contract, ...rest } = args
  requireFields(rest, ['sources', 'template', 'settings', 'main'])
  const known = required(service, contract, deps)
  const { main, ...more } = rest
  const { template, input } = sourcesOf({
    ...more,
    ...(main === undefined ? {} : { contract: main }),
  })
  const compiled = await deps.compiler.compile(input, undefined, service)
  const result = compareCode(compiled, await codeOf(chain, known.address))
  if (result === 'differs') {
    const message = `${compiled.name} is other code than the chain has at ${known.address}.`
    throw evmError('SOURCE_DIFFERS', message)
  }
  const source = { ...compiled.input, compiler: compiled.compiler }
  const verified = { ...known, abi: compiled.abi, source, verified: result }
  const named = template === undefined ? verified : { ...verified, template }
  return shown(deps.contracts.put(service, named))
}

function templateOf({ name, title, description, arguments: args }: ContractTemplate): JsonObject {
  return { name, title, description, args: args.map((one) => ({ ...one })) }
}
