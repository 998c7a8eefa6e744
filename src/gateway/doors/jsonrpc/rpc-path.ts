/**
 * First parts of paths below /api that are doors of their own, here or in gateways that this one
 * takes the place of: they are never a key, and never the name of a chain.
 */
const reserved = [
  ...['v1', 'v2', 'app', 'did', 'hub', 'fabric', 'fiscobcos', 'xuperchain', 'cita', 'chainmaker'],
  ...['scitt', 'docs', 'admin', 'gateway'],
]

/** A part of a path that is none of those words, as the router matches it. */
export const freePart = `(^(?!(?:${reserved.join('|')})$)[^/]{1,128}$)`

/** Forms of JSON-RPC by the last part of a path; those of other gateways' EVM chains too. */
export const rpcKinds: Readonly<Record<string, 'rpc' | 'ws'>> = {
  rpc: 'rpc',
  evmrpc: 'rpc',
  ws: 'ws',
  evmws: 'ws',
}

/** The same words as the router matches them. */
export const kindPart = `(^(?:${Object.keys(rpcKinds).join('|')})$)`

export type RpcParams = {
  readonly accessKey?: string
  readonly chain?: string
  readonly kind?: string
}

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** What a request names, wherever it names it. */
export type RpcTarget = {
  readonly key: string
  /** What stands in the key's place in the path, where the key is a header. */
  readonly project: string | undefined
  readonly chain: string
  readonly kind: 'rpc' | 'ws' | undefined
}

/** Key and chain by path, or by the headers `x-api-key` and `x-api-chain-type`. */
export function rpcTarget(params: RpcParams, headers: Headers): RpcTarget {
  const { accessKey, chain, kind = '' } = params
  const header = headers['x-api-key']
  const isHeader = typeof header === 'string' && header !== ''
  return {
    key: isHeader ? header : (accessKey ?? ''),
    project: isHeader ? accessKey : undefined,
    chain: chain ?? String(headers['x-api-chain-type'] ?? ''),
    kind: Object.hasOwn(rpcKinds, kind) ? rpcKinds[kind] : undefined,
  }
}
