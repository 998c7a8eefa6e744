import type { FastifyReply } from 'fastify'
import type { JsonValue } from '../../../kernel/json.ts'
import type { MacSigner } from './mac.ts'
import { replyText } from './mac-text.ts'

/** Why something failed: one code for old clients, and ours beside it. */
export type Failure = { readonly code: string; readonly message: string }

export type Answer = {
  readonly body: JsonValue
  /** Undefined for what went well. */
  readonly failure?: Failure
  /** What signs it; nothing where absent. */
  readonly macOf?: MacSigner
}

const done = 'Transaction Successful'

/** The texts that people look for who know the protocol. */
const knownMessages: Readonly<Record<string, string>> = {
  BSN_MAC_INVALID: 'Signature verification failed',
  USER_UNKNOWN: 'User information does not exist',
}

/**
 * Answers as the protocol has it: always with status 200, its length told, members in the order in
 * which they are signed. Our code and the id of the request stand in the header, signed by nobody.
 */
export function sendAnswer(reply: FastifyReply, { body, failure, macOf }: Answer): FastifyReply {
  const known = failure && knownMessages[failure.code]
  const msg = failure ? [known, failure.message].filter(Boolean).join(': ') : done
  const code = failure ? -1 : 0
  const more = failure ? { errCode: failure.code } : {}
  const header = { code, msg, ...more, requestId: reply.request.id }
  const mac = macOf ? macOf(replyText(code, msg, body)) : ''
  reply.code(200).header('content-type', 'application/json').header('cache-control', 'no-store')
  // A text: what is sent as an object is written by others, and may come in pieces.
  return reply.send(JSON.stringify({ header, mac, body }))
}
