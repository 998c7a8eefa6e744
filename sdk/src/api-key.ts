import { sha256 } from '#sha256'
import { toBase64url } from './base64url.ts'
import { utf8 } from './bytes.ts'
import type { Environment } from './genesis.ts'

/** An API key as whoever uses it has it, and as the ledger has it. */
export type NewApiKey = {
  readonly key: string
  /** SHA-256 over the whole text. */
  readonly hash: Uint8Array
  /** To know it by: prefix and last four characters. */
  readonly hint: string
}

/** 256 random bits, behind a prefix that says where the key belongs. */
export function newApiKey(environment: Environment): NewApiKey {
  const prefix = environment === 'sandbox' ? 'test' : 'live'
  const secret = toBase64url(crypto.getRandomValues(new Uint8Array(32)))
  const key = `${prefix}_${secret}`
  return { key, hash: sha256(utf8(key)), hint: `${prefix}_…${key.slice(-4)}` }
}
