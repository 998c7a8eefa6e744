/** Where JSON-RPC goes: through the door, or to the engine's own socket. */
export type RpcTarget =
  | { readonly kind: 'door'; readonly port: number; readonly path: string }
  | { readonly kind: 'direct'; readonly socket: string }

/** What one load generator sends. One connection for each file, one request at a time on each. */
export type RpcPlan = {
  readonly target: RpcTarget
  /** Requests, one on each line. */
  readonly files: readonly string[]
  /** Calls in each request. */
  readonly perRequest: number
  /** Each request once, and the run ends with them; else over and over until the time is over. */
  readonly isOnce: boolean
  readonly warmupSeconds: number
  readonly seconds: number
  /** Processes of the node and the engine, for their CPU time together. */
  readonly pids: readonly number[]
}
