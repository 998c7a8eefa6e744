import { type LoggedRequest, newIdempotencyKey } from '@openbsn/sdk'

/** A request as it is sent again, less the key. */
export type Replay = {
  readonly method: string
  readonly path: string
  /** Which header the key goes into: where it was a part of the path, it is one here. */
  readonly keyHeader: 'authorization' | 'x-api-key'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** Why a request cannot be sent again; its words are at `log.noReplay`. */
export type NoReplay = 'cut' | 'hidden' | 'binary' | 'masked' | 'stream'

export type Replayed = {
  readonly status: number
  readonly ms: number
  readonly id: string | undefined
  readonly text: string
}

const keyInPath = /^\/api\/\*\*\*(?=\/)/
/** What goes on for as long as somebody listens. */
const streams = /\/events(?:\/socket)?(?:\?|$)|\/(?:evm)?ws$/

/** The same request once more, with an Idempotency-Key of its own; or why there is none. */
export function replayOf(logged: LoggedRequest): Replay | NoReplay {
  const { method, contentType, request, path: given } = logged
  if (request?.note) return request.note
  const path = given.replace(keyInPath, '/api')
  if (path.includes('***')) return 'masked'
  if (streams.test(path)) return 'stream'
  const { text: body } = request ?? {}
  return {
    ...{ method, path, keyHeader: path === given ? 'authorization' : 'x-api-key' },
    headers: {
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
      ...(method === 'POST' ? { 'idempotency-key': newIdempotencyKey() } : {}),
    },
    ...(body === undefined ? {} : { body }),
  }
}

const timeoutMs = 30_000
const textMax = 4096

/** Sends it from here, as the credential whose key it is. Rejects where no answer comes. */
export async function sendAgain(replay: Replay, key: string): Promise<Replayed> {
  const { method, path, keyHeader, headers, body } = replay
  const before = performance.now()
  const answer = await fetch(path, {
    method,
    headers: { ...headers, [keyHeader]: keyHeader === 'x-api-key' ? key : `Bearer ${key}` },
    ...(body === undefined ? {} : { body }),
    // It is the credential that asks, and not whoever is signed in.
    credentials: 'omit',
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
  const text = await answer.text()
  const ms = Math.round((performance.now() - before) * 10) / 10
  const id = answer.headers.get('x-request-id') ?? undefined
  return { status: answer.status, ms, id, text: text.slice(0, textMax) }
}
