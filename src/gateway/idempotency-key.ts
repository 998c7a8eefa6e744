import { randomUUID } from 'node:crypto'
import { CodedError } from '@openbsn/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'

export const idempotencyHeader = 'idempotency-key'
const lengthMax = 255
/** Two headers would arrive as one with a comma between, so a bare key has none, nor a space. */
const bare = /^[!#-+\--[\]-~]+$/
/** A string of RFC 9651, as draft-ietf-httpapi-idempotency-key-header has it. */
const quoted = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/

/**
 * The Idempotency-Key of a request, or a new one where it has none; in the answer's header in any
 * case, so that whoever is left without an answer's body, or with a bad one, can ask.
 * @throws IDEMPOTENCY_KEY_INVALID
 */
export function requestKeyOf({ headers }: FastifyRequest, reply: FastifyReply): string {
  const header = headers[idempotencyHeader]
  const key = header === undefined ? randomUUID() : readIdempotencyKey(String(header))
  reply.header(idempotencyHeader, bare.test(key) ? key : `"${key.replace(/["\\]/g, '\\$&')}"`)
  return key
}

/** The key in a header: bare, or in quotes. @throws IDEMPOTENCY_KEY_INVALID */
export function readIdempotencyKey(header: string): string {
  const inside = quoted.exec(header)?.[1]?.replace(/\\(.)/g, '$1')
  const key = inside ?? (bare.test(header) ? header : '')
  requireKey(key)
  return key
}

/** @throws IDEMPOTENCY_KEY_INVALID */
export function requireKey(key: string): void {
  if (/^[ -~]+$/.test(key) && key.length <= lengthMax) return
  const message = `An Idempotency-Key has 1 to ${lengthMax} printable ASCII characters.`
  throw new CodedError('IDEMPOTENCY_KEY_INVALID', message)
}
