import { randomBytes } from 'node:crypto'
import { sha256, utf8 } from '@openbsn/sdk'

/** An API key as whoever uses it has it, and as the ledger has it. */
export type NewApiKey = {
  readonly key: string
  /** SHA-256 over the whole text. */
  readonly hash: Uint8Array
  /** To know it by: prefix and last four characters. */
  readonly hint: string
}

/** 256 random bits, behind a prefix that says where the key belongs. */
export function newApiKey(environment: string): NewApiKey {
  const prefix = environment === 'sandbox' ? 'test' : 'live'
  const key = `${prefix}_${randomBytes(32).toString('base64url')}`
  return { key, hash: sha256(utf8(key)), hint: `${prefix}_…${key.slice(-4)}` }
}
