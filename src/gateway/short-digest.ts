import { createHash } from 'node:crypto'

/** 16 characters that change with the content: for tags and addresses that are cached. */
export function shortDigest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 16)
}
