import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import { legacyChainId } from './legacy-chain-id.ts'

type Params = readonly JsonValue[]

/** More gas than any block has, so that no tool needs it; a chain works on so much for a second. */
const gasMax = 100_000_000n
const blocksMax = 10_000
const addressesMax = 1000
const slotsMax = 1024
/** Of eth_simulateV1, in all its blocks; a call that names no gas takes 30 million. */
const [simulatedCallsMax, simulatedBlocksMax] = [32, 32]
const feeBlocksMax = 1024
const timeStepSecondsMax = 10 * 366 * 86_400

/** Of eth_call and the like: gas is time, and the engine would take any number of it. */
export function checkCallGas([call, , , blockOverrides]: Params): string | undefined {
  const given = [memberOf(call, 'gas'), memberOf(blockOverrides, 'gasLimit')]
  const isOver = given.some((gas) => (quantityOf(gas) ?? 0n) > gasMax)
  return isOver ? `gas: at most ${gasMax}.` : undefined
}

/**
 * Of eth_simulateV1, which runs calls in blocks one after the other: what they name of gas counts
 * together.
 */
export function checkSimulation([simulation]: Params): string | undefined {
  const blocks = itemsOf(memberOf(simulation, 'blockStateCalls'))
  if (blocks.length > simulatedBlocksMax) return `blockStateCalls: at most ${simulatedBlocksMax}.`
  const calls = blocks.flatMap((block) => itemsOf(memberOf(block, 'calls')))
  if (calls.length > simulatedCallsMax) return `calls: at most ${simulatedCallsMax} in all blocks.`
  const given = [
    ...calls.map((call) => memberOf(call, 'gas')),
    ...blocks.map((block) => memberOf(memberOf(block, 'blockOverrides'), 'gasLimit')),
  ]
  const gas = given.reduce((sum, one) => sum + (quantityOf(one) ?? 0n), 0n)
  return gas > gasMax ? `gas and gasLimit: at most ${gasMax} in all blocks.` : undefined
}

/** Of eth_getStorageValues: slots of all addresses, as geth has it. */
export function checkSlots([wanted]: Params): string | undefined {
  const slots = Object.values(membersOf(wanted)).flatMap(itemsOf)
  return slots.length > slotsMax ? `slots: at most ${slotsMax}.` : undefined
}

/** Of eth_getLogs and filters: the engine looks at each block of a range, also behind its last. */
export function checkLogRange([filter]: Params): string | undefined {
  const from = quantityOf(memberOf(filter, 'fromBlock')) ?? 0n
  const to = quantityOf(memberOf(filter, 'toBlock'))
  if (to !== undefined && to - from >= blocksMax) {
    return `A range has at most ${blocksMax} blocks: ask in parts, or up to "latest".`
  }
  const address = memberOf(filter, 'address')
  const isMany = Array.isArray(address) && address.length > addressesMax
  return isMany ? `address: at most ${addressesMax}.` : undefined
}

export function checkFees([count]: Params): string | undefined {
  const isOver = (quantityOf(count) ?? 0n) > feeBlocksMax
  return isOver ? `blockCount: at most ${feeBlocksMax}.` : undefined
}

/** Of a signed transaction: an engine for sandboxes takes legacy ones that are for other chains. */
export function checkChain([raw]: Params, chainId: number): string | undefined {
  const signedFor = typeof raw === 'string' ? legacyChainId(raw) : undefined
  if (signedFor === undefined || signedFor === BigInt(chainId)) return undefined
  return `The transaction is signed for chain ${signedFor}; this one is ${chainId}.`
}

/** One block for each call. */
export function checkMine(params: Params): string | undefined {
  return params.length === 0 ? undefined : 'evm_mine takes no parameters here.'
}

export function checkTimeStep([seconds]: Params): string | undefined {
  const step = quantityOf(seconds)
  if (step !== undefined && step <= timeStepSecondsMax) return undefined
  return `seconds: a number up to ${timeStepSecondsMax}.`
}

const memberOf = (value: JsonValue | undefined, name: string): JsonValue | undefined =>
  membersOf(value)[name]

/** None where it is no object. */
function membersOf(value: JsonValue | undefined): JsonObject {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as JsonObject) : {}
}

const itemsOf = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? value : []

/** A number, or a text of digits; what is neither is for the engine to refuse. */
function quantityOf(value: JsonValue | undefined): bigint | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  if (typeof value !== 'string' || !/^(0x[0-9a-fA-F]{1,64}|\d{1,78})$/.test(value)) return undefined
  return BigInt(value)
}
