import { fromBase64url } from './base64url.ts'
import { fromUtf8 } from './bytes.ts'
import { CodedError } from './errors.ts'
import type { Send } from './transport.ts'
import type { Request } from './try-gateway.ts'

/** A request with JSON both ways. It is private: whoever asks says who it is, where it can. */
export type JsonRequest = Omit<Request, 'body' | 'isPrivate'> & { readonly body?: unknown }
export type AskJson = <T>(path: string, request?: JsonRequest) => Promise<T>

/** @throws nothing; the first request does */
export function createAskJson(send: Send): AskJson {
  return async <T>(path: string, { body, headers, ...request }: JsonRequest = {}) => {
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const answer = await send(path, {
      ...request,
      headers: { ...json, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      isPrivate: true,
    })
    return answer.length === 0 ? (undefined as T) : parseJson<T>(answer)
  }
}

/** All of a list that comes in pages; `name` is the member that has the items. */
export async function askAll<Item>(ask: AskJson, path: string, name: string): Promise<Item[]> {
  const all: Item[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await ask<Record<string, unknown>>(path + queryText({ cursor }))
    const { [name]: items, next } = page
    if (!Array.isArray(items)) throw answerError(`without ${name}`)
    all.push(...items)
    if (typeof next !== 'string') return all
    cursor = next
  }
}

/** @throws GATEWAY_ANSWER_INVALID */
export function parseJson<T>(body: Uint8Array): T {
  try {
    return JSON.parse(fromUtf8(body) ?? '') as T
  } catch (cause) {
    throw answerError('with broken JSON', cause)
  }
}

export function answerError(how: string, cause?: unknown): CodedError {
  return new CodedError('GATEWAY_ANSWER_INVALID', `The gateway answered ${how}.`, { cause })
}

/** The bytes of a base64url text in an answer. @throws GATEWAY_ANSWER_INVALID */
export function bytesOf(text: unknown): Uint8Array {
  const bytes = typeof text === 'string' ? fromBase64url(text) : undefined
  if (bytes) return bytes
  throw answerError('with broken base64url')
}

/** A query with its question mark, or nothing; members that are undefined are left out. */
export function queryText(query: object): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined)
  if (pairs.length === 0) return ''
  return `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}`
}
