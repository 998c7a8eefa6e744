import { CodedError } from '@openbsn/sdk'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { BlockIndex } from '../blocks/block-index.ts'
import { bytesOf } from '../blocks/hex.ts'
import type { Question } from '../framework.ts'
import type { ContractProgress } from './contract-progress.ts'
import { readInvocation } from './fabric-call.ts'
import { outcomeOf } from './transaction-outcome.ts'
import { type Channel, evaluate } from './transactions/make-transaction.ts'
import { endorseUserCall } from './user-call.ts'

export type FabricQueryDeps = {
  readonly index: BlockIndex
  /** @throws CALL_NOT_SENT where this node has no channel of the service, with what it waits for */
  readonly channelOf: (service: string) => Channel
  /** What the ledger says of the contracts of a service. */
  readonly contracts: (service: string) => readonly DefinedContract[]
  /** What a service, or one of its contracts, waits for on this node. */
  readonly waitsFor: (service: string, contract?: string) => string | undefined
  /** How far this node is with a contract. */
  readonly progress: (service: string, contract: DefinedContract) => ContractProgress
}

/** A contract as its publisher defined it. */
export type DefinedContract = {
  readonly name: string
  readonly package: string
  readonly sequence: number
  readonly policy?: string | undefined
}

type Answerer = (
  service: string,
  args: JsonObject,
  deps: FabricQueryDeps,
) => Promise<JsonValue> | JsonValue

/** So long may the blocks take that are there already. */
const advanceMs = 5000

const answerers: Readonly<Record<string, Answerer>> = {
  ...{ call, contracts, contract, transaction },
  endorse: async (...asked) => ({ ...(await endorseUserCall(...asked)) }) as JsonObject,
}

/** What can be asked of a service of Fabric without a transaction. */
export async function queryFabric(
  service: string,
  { function: name, args }: Question,
  deps: FabricQueryDeps,
): Promise<JsonValue> {
  const answerer = Object.hasOwn(answerers, name) ? answerers[name] : undefined
  if (answerer) return answerer(service, args, deps)
  const names = Object.keys(answerers).join(', ')
  throw new CodedError('FUNCTION_UNKNOWN', `Services of Fabric answer ${names}.`)
}

async function call(service: string, args: JsonObject, { channelOf }: FabricQueryDeps) {
  const read = readInvocation(args)
  if ('code' in read) throw new CodedError(read.code, read.detail)
  return { result: await evaluate(channelOf(service), read) }
}

function contracts(service: string, _args: JsonObject, deps: FabricQueryDeps) {
  return { contracts: deps.contracts(service).map((one) => shown(service, one, deps)) }
}

function contract(service: string, args: JsonObject, deps: FabricQueryDeps) {
  const found = deps.contracts(service).find(({ name }) => name === args.contract)
  if (!found) return null
  const { step, functions, warnings } = deps.progress(service, found)
  return {
    ...shown(service, found, deps),
    ...(step ? { step } : {}),
    ...(functions ? { functions: [...functions] } : {}),
    ...(warnings ? { warnings: warnings.map((one) => ({ ...one })) } : {}),
  }
}

function shown(
  service: string,
  { name, package: packaged, sequence, policy }: DefinedContract,
  { waitsFor }: FabricQueryDeps,
): JsonObject {
  const waits = waitsFor(service, name)
  return {
    ...{ name, package: packaged, sequence },
    ...(policy === undefined ? {} : { policy }),
    ...(waits === undefined ? {} : { waitsFor: waits }),
  }
}

/** Where a transaction is, whoever sent it; null where the channel has none. */
async function transaction(service: string, { hash }: JsonObject, { index }: FabricQueryDeps) {
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)) {
    throw new CodedError('ARGUMENT_INVALID', 'hash: the 64 hex digits of a transaction id.')
  }
  await index.advance(service, AbortSignal.timeout(advanceMs))
  const found = index.transaction(service, `0x${hash}`)
  if (!found) return null
  const { height, time, from } = found
  const outcome = outcomeOf(found)
  const { state } = outcome
  const why = outcome.state === 'rejected' ? { code: outcome.code, detail: outcome.detail } : {}
  return { hash, state, height, time, from: bytesOf(from).toString('utf8'), ...why }
}
