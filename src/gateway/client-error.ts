import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { problem } from './problem.ts'

const codes: Readonly<Record<string, { code: string; detail: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    code: 'REQUEST_TIMEOUT',
    detail: 'The request did not arrive in time.',
  },
  HPE_HEADER_OVERFLOW: { code: 'HEADERS_TOO_LARGE', detail: 'The headers are too large.' },
}

const lastAnswered = new WeakSet<Socket>()

/** The answer that is on its way is the last one on this connection, whatever else is in it. */
export function allowNoMoreAnswers(socket: Socket): void {
  lastAnswered.add(socket)
}

/** Whether the last answer on this connection is on its way: what comes now is no request. */
export function allowsNoMoreAnswers(socket: Socket): boolean {
  return lastAnswered.has(socket)
}

/**
 * Answers what is not HTTP, or comes too slowly, and closes the connection: what follows in it
 * cannot be trusted to begin a request.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || lastAnswered.has(socket)) return
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const known = Object.hasOwn(codes, error.code ?? '') ? codes[error.code ?? ''] : undefined
  const fallback = { code: 'REQUEST_MALFORMED', detail: 'The bytes are no correct HTTP request.' }
  const body = problem(known ?? fallback)
  const text = JSON.stringify(body)
  const head = [
    `HTTP/1.1 ${body.status} ${STATUS_CODES[body.status] ?? ''}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`)
}
