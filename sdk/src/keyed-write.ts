import { CodedError, isCodedError } from './errors.ts'
import type { AskJson, JsonRequest } from './json-send.ts'

export type KeyedRequest = Omit<JsonRequest, 'method' | 'headers'> & {
  readonly idempotencyKey: string
}

/**
 * Posts a write under an Idempotency-Key, the same one at every try.
 * @throws what the request throws, with `details.request` to ask about
 */
export async function keyedWrite<T>(
  ask: AskJson,
  path: string,
  { idempotencyKey, ...request }: KeyedRequest,
): Promise<T> {
  try {
    return await ask<T>(path, {
      ...request,
      method: 'POST',
      // In quotes, as a string of RFC 9651: so every printable character may be in it.
      headers: { 'idempotency-key': `"${idempotencyKey.replace(/["\\]/g, '\\$&')}"` },
    })
  } catch (error) {
    throw isCodedError(error) ? withRequest(error, idempotencyKey) : error
  }
}

/** The same error with the Idempotency-Key in its details. */
export function withRequest(error: CodedError, idempotencyKey: string): CodedError {
  const { code, message, retryable, details, cause } = error
  const told = { ...details, request: idempotencyKey }
  return new CodedError(code, message, { retryable, details: told, cause })
}
