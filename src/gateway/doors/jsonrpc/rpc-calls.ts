import { isCodedError } from '@openbsn/sdk'
import {
  type JsonItem,
  type JsonObject,
  type JsonValue,
  parseJson,
  parseJsonItems,
} from '../../../kernel/json.ts'
import { type RpcFault, rpcCodes } from './rpc-errors.ts'

/** One call of a request, with its bytes as they came. */
export type RpcCall = {
  readonly raw: Uint8Array
  /** JSON text. */
  readonly id: string
  readonly method: string
  readonly params: readonly JsonValue[]
  /** As every tool writes it, and so as every engine takes it: the same call has one answer. */
  readonly isPlain: boolean
}

/** One that is no call, with its id where that can be told. */
export type BadCall = { readonly id: string; readonly fault: RpcFault }

export type RpcRequest = {
  readonly isBatch: boolean
  readonly calls: readonly (RpcCall | BadCall)[]
}

/** Deeper, or with more values, no tool asks. */
const jsonLimits = { depthMax: 16, valuesMax: 20_000 }

const bracket = 0x5b

/** What a body asks for, or why it is no request at all. */
export function readRequest(
  body: Buffer,
  { batchMax }: { readonly batchMax: number },
): RpcRequest | RpcFault {
  const raw = trimmed(body)
  const isBatch = raw[0] === bracket
  try {
    if (!isBatch) return { isBatch, calls: [readCall({ value: parseJson(raw, jsonLimits), raw })] }
    const items = parseJsonItems(raw, { ...jsonLimits, itemsMax: batchMax })
    if (items.length === 0) return invalid('The batch is empty.')
    if (items.length > batchMax) return invalid(`A batch has at most ${batchMax} calls.`)
    return { isBatch, calls: items.map(readCall) }
  } catch (error) {
    if (!isCodedError(error)) throw error
    return { code: rpcCodes.parseError, message: error.message }
  }
}

const invalid = (message: string): RpcFault => ({ code: rpcCodes.invalidRequest, message })

function readCall({ value, raw }: JsonItem): RpcCall | BadCall {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { id: 'null', fault: invalid('A call is a JSON object.') }
  }
  const { method } = value
  const id = idOf(value)
  // Engines say nothing to a call without one, and whoever asked over HTTP would wait for ever.
  if (id === undefined) return { id: 'null', fault: invalid('id: a text or a number, or null.') }
  if (typeof method !== 'string') return { id, fault: invalid('method: a text.') }
  const params = value.params ?? []
  if (!Array.isArray(params)) return { id, fault: invalid('params: a list.') }
  return { raw, id, method, params, isPlain: isPlain(value) }
}

const plainMembers = new Set(['jsonrpc', 'id', 'method', 'params'])

function isPlain(call: JsonObject): boolean {
  const { jsonrpc, id } = call
  if (jsonrpc !== '2.0' || !(typeof id === 'string' || Number.isSafeInteger(id))) return false
  for (const name in call) if (!plainMembers.has(name)) return false
  return true
}

function idOf({ id }: JsonObject): string | undefined {
  const isId = id === null || typeof id === 'string' || typeof id === 'number'
  return isId ? JSON.stringify(id) : undefined
}

const isSpace = (byte: number | undefined) =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

function trimmed(bytes: Buffer): Buffer {
  let [from, end] = [0, bytes.length]
  while (from < end && isSpace(bytes[from])) from++
  while (end > from && isSpace(bytes[end - 1])) end--
  return bytes.subarray(from, end)
}
