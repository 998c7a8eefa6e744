import { type DialectName, dialectNames } from '../../../frameworks/evm/chain.ts'

/**
 * First parts of paths below /api that are doors of their own, here or in gateways that this one
 * takes the place of: they are never a key, and never the name of a chain.
 */
const reserved = [
  ...['v1', 'v2', 'app', 'did', 'hub', 'fabric', 'fiscobcos', 'xuperchain', 'cita', 'chainmaker'],
  ...['scitt', 'docs', 'admin', 'gateway', ...dialectNames],
]

/** A part of a path that is none of those words, as the router matches it. */
export const freePart = `(^(?!(?:${reserved.join('|')})$)[^/]{1,128}$)`

export type RpcKind = 'rpc' | 'ws' | DialectName

/** What a chain is asked by, in a path; `evmrpc` and `evmws` are words of other gateways. */
const rpcKinds: Readonly<Record<string, RpcKind>> = {
  rpc: 'rpc',
  evmrpc: 'rpc',
  ws: 'ws',
  evmws: 'ws',
  ...Object.fromEntries(dialectNames.map((name) => [name, name])),
}

/** The same words as the router matches them. */
export const kindPart = `(^(?:${Object.keys(rpcKinds).join('|')})$)`

/** Those of them that have more behind them. */
export const dialectPart = `(^(?:${dialectNames.join('|')})$)`

export function isDialect(word: string | undefined): word is DialectName {
  return dialectNames.some((name) => name === word)
}

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
  readonly kind: RpcKind | undefined
  /** How many parts of the path, below `/api`, name all that. */
  readonly parts: number
}

/** Key and chain by path, or by the headers `x-api-key` and `x-api-chain-type`. */
export function rpcTarget(params: RpcParams, headers: Headers): RpcTarget {
  const header = headers['x-api-key']
  const isHeader = typeof header === 'string' && header !== ''
  const { accessKey, chain, kind = '' } = isHeader ? withoutKey(params) : params
  return {
    key: isHeader ? header : (accessKey ?? ''),
    project: isHeader ? accessKey : undefined,
    chain: chain ?? String(headers['x-api-chain-type'] ?? ''),
    kind: Object.hasOwn(rpcKinds, kind) ? rpcKinds[kind] : undefined,
    parts: [accessKey, chain, kind].filter((one) => one !== undefined).length,
  }
}

/** `/api/{chain}/rest/{path…}` looks as `/api/{accessKey}/{chain}/{kind}` does. */
function withoutKey(params: RpcParams): RpcParams {
  const { accessKey, chain = '' } = params
  const isShort = accessKey !== undefined && isDialect(chain)
  return isShort ? { chain: accessKey, kind: chain } : params
}

/** Dots that lead up, or to where one is, however often they and the slashes are encoded. */
const dots = /(?:^|[/\\]|%(?:25)*(?:2f|5c))(?:\.|%(?:25)*2e){1,2}(?:$|[/\\;]|%(?:25)*(?:2f|5c|3b))/i

/**
 * What stands behind so many parts below `/api`, with its query, as it came: empty, or from `/` or
 * `?` on. Undefined where it leads elsewhere, or has signs that no address may have.
 */
export function pathBehind(url: string, parts: number): string | undefined {
  const named = new RegExp(`^/api(?:/[^/?]+){${parts}}(?=[/?]|$)`).exec(url)?.[0]
  if (named === undefined || /[^!-~]|#|%(?:25)*c[01]/i.test(url)) return undefined
  const behind = url.slice(named.length)
  const [path = ''] = behind.split('?', 1)
  return dots.test(path) ? undefined : behind
}
