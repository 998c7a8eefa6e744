/** Codes of JSON-RPC 2.0, and those of EIP-1474 and EIP-1193 where it has none. */
export const rpcCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  unavailable: -32002,
  rejected: -32003,
  limitExceeded: -32005,
  unauthorized: 4100,
} as const

export type RpcFault = {
  readonly code: number
  readonly message: string
  /** Whether it passes by itself: the answer then says when to try again. */
  readonly retryable?: boolean
}

/** An error as an answer; `id` is JSON text, as the call has it. */
export function rpcError(id: string, { code, message }: RpcFault): string {
  const error = JSON.stringify({ code, message })
  return `{"jsonrpc":"2.0","id":${id},"error":${error}}`
}
