import type { IncomingMessage } from 'node:http'

/**
 * What a client may choose as the id of its request: it goes into headers, logs and answers. An
 * API key that strayed there does not.
 */
const acceptable = /^(?!.*(?:live|test)_[A-Za-z0-9_-]{43})[A-Za-z0-9._-]{1,64}$/

/**
 * Ids of requests: the client's own one where it is harmless, else one of ours that no other
 * request since `startedAt` (seconds since 1970) has.
 */
export function createRequestIds(startedAt: number): (request: IncomingMessage) => string {
  const prefix = `${startedAt.toString(36)}-`
  let count = 0
  return ({ headers }) => {
    const chosen = headers['x-request-id']
    if (typeof chosen === 'string' && acceptable.test(chosen)) return chosen
    return prefix + (count++).toString(36)
  }
}
