import type { Hex } from 'viem'
import { bytesOf, hexOf } from '../blocks/hex.ts'
import { keccak256 } from './accounts/keccak.ts'
import type { ChainCall } from './chain.ts'

/** Of each service, the last ones. */
const hashesMax = 10_000

/**
 * Transactions that were sent through this node to chains of others, where a node reads not all
 * blocks and has to know what to look for. They are forgotten with the process.
 */
export class SentHashes {
  readonly #byService = new Map<string, Set<Hex>>()

  /** Takes what a call sends, before it is sent. What is none of that is passed over. */
  take(service: string, { body }: Pick<ChainCall, 'body'>): void {
    for (const raw of rawTransactionsIn(body)) this.add(service, hexOf(keccak256(bytesOf(raw))))
  }

  add(service: string, hash: Hex): void {
    const hashes = this.#byService.get(service) ?? new Set()
    this.#byService.set(service, hashes)
    hashes.add(hash)
    const [oldest] = hashes
    if (hashes.size > hashesMax && oldest) hashes.delete(oldest)
  }

  of(service: string): readonly Hex[] {
    return [...(this.#byService.get(service) ?? [])]
  }

  /** Those that are in the index need no more looking for. */
  forget(service: string, isKnown: (hash: Hex) => boolean): void {
    const hashes = this.#byService.get(service)
    for (const hash of hashes ?? []) if (isKnown(hash)) hashes?.delete(hash)
  }
}

/** The door has parsed the body before: what is no JSON does not come here. */
function rawTransactionsIn(body: Uint8Array): Hex[] {
  const text = new TextDecoder().decode(body)
  if (!text.includes('eth_sendRawTransaction')) return []
  const parsed: unknown = JSON.parse(text)
  const calls: unknown[] = Array.isArray(parsed) ? parsed : [parsed]
  return calls.flatMap((call) => {
    const { method, params } = call as { readonly method?: unknown; readonly params?: unknown }
    const raw = Array.isArray(params) ? params[0] : undefined
    const isRaw = typeof raw === 'string' && /^0x([0-9a-f]{2})+$/i.test(raw)
    return method === 'eth_sendRawTransaction' && isRaw ? [raw as Hex] : []
  })
}
