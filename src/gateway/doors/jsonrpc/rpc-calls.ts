import { isCodedError } from '@openbsn/sdk'
import { type JsonObject, type JsonValue, parseJson } from '../../../kernel/json.ts'
import { type RpcFault, rpcCodes } from './rpc-errors.ts'

/** One call of a request, with its bytes as they came. */
export type RpcCall = {
  readonly raw: Buffer
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

const ascii = { open: 0x5b, close: 0x5d, brace: 0x7b, unbrace: 0x7d, comma: 0x2c } as const
const [quote, backslash] = [0x22, 0x5c]

/** What a body asks for, or why it is no request at all. */
export function readRequest(body: Buffer, { batchMax }: { readonly batchMax: number }) {
  const text = trimmed(body)
  if (text[0] !== ascii.open) {
    const call = readCall(text)
    if ('fault' in call && call.fault.code === rpcCodes.parseError) return call.fault
    return { isBatch: false, calls: [call] } satisfies RpcRequest
  }
  const items = splitArray(text, batchMax)
  if (!Array.isArray(items)) return items
  if (items.length === 0) return invalid('The batch is empty.')
  const calls = items.map(readCall)
  const broken = calls.find((one) => 'fault' in one && one.fault.code === rpcCodes.parseError)
  if (broken && 'fault' in broken) return broken.fault
  return { isBatch: true, calls } satisfies RpcRequest
}

const invalid = (message: string): RpcFault => ({ code: rpcCodes.invalidRequest, message })
const unreadable = (message: string): RpcFault => ({ code: rpcCodes.parseError, message })

function readCall(raw: Buffer): RpcCall | BadCall {
  let value: JsonValue
  try {
    value = parseJson(raw, jsonLimits)
  } catch (error) {
    if (!isCodedError(error)) throw error
    return { id: 'null', fault: unreadable(error.message) }
  }
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

/**
 * The items of a JSON array as bytes, each to be parsed by itself: what the chain gets is what
 * came, and a batch is refused before it takes memory.
 */
function splitArray(text: Buffer, most: number): Buffer[] | RpcFault {
  const items: Buffer[] = []
  for (let from = 1; ; ) {
    const end = endOfItem(text, from)
    if (end >= text.length) return unreadable('The batch does not end.')
    const item = trimmed(text.subarray(from, end))
    const isLast = text[end] === ascii.close
    if (items.length > 0 || item.length > 0 || !isLast) items.push(item)
    if (items.length > most) return invalid(`A batch has at most ${most} calls.`)
    if (isLast) return end === text.length - 1 ? items : unreadable('More follows the batch.')
    from = end + 1
  }
}

/** Where the comma, or the end of the list, is behind an item; behind the end where it is not. */
function endOfItem(bytes: Buffer, from: number): number {
  let depth = 0
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === quote) at = endOfText(bytes, at)
    else if (byte === ascii.open || byte === ascii.brace) depth++
    else if (depth === 0 && (byte === ascii.comma || byte === ascii.close)) return at
    else if (byte === ascii.close || byte === ascii.unbrace) depth--
  }
  return bytes.length
}

/** Where the text that begins at `at` ends; behind the end where it does not. */
function endOfText(bytes: Buffer, at: number): number {
  let next = at + 1
  while (next < bytes.length && bytes[next] !== quote) next += bytes[next] === backslash ? 2 : 1
  return next
}

const isSpace = (byte: number | undefined) =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

function trimmed(bytes: Buffer): Buffer {
  let [from, end] = [0, bytes.length]
  while (from < end && isSpace(bytes[from])) from++
  while (end > from && isSpace(bytes[end - 1])) end--
  return bytes.subarray(from, end)
}
