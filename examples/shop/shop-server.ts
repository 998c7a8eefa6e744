import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CodedError, isCodedError } from '@openbsn/sdk'
import { makeMove, readOrder } from './make-move.ts'
import { type MoveKind, moveKinds } from './move.ts'
import type { MoveBook } from './move-book.ts'
import { openStream } from './move-stream.ts'
import type { PointsService } from './open-service.ts'
import type { PageFile } from './page-files.ts'

export type ShopServer = { readonly url: string; close(): void }

export type ShopParts = {
  readonly points: PointsService
  readonly book: MoveBook
  readonly page: ReadonlyMap<string, PageFile>
  /** The ledger's key bundle. */
  readonly keys: () => Promise<Uint8Array>
}

const bodyBytesMax = 16 * 1024
const proofType = 'application/vnd.openbsn.transaction-proof+cbor'

/** Everything is from here, nothing from elsewhere, and nobody frames it. */
const headers = {
  'content-security-policy': [
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'",
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "require-trusted-types-for 'script'; trusted-types 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

/** @throws PORT_TAKEN */
function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const message = `Nothing can listen on port ${port} (${cause.code}): give another --port.`
      reject(new CodedError('PORT_TAKEN', message, { cause }))
    })
    server.listen(port, '127.0.0.1', resolve)
  })
}

/** Before anything is made that would be left behind. @throws PORT_TAKEN */
export async function requireFree(port: number): Promise<void> {
  const server = createServer()
  await listen(server, port)
  server.close()
}

/**
 * Serves the page on loopback, and does for it what needs an API key: the page never has one. A
 * free port where `port` is 0.
 * @throws PORT_TAKEN
 */
export async function serveShop(parts: ShopParts, port: number): Promise<ShopServer> {
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    answer(request, response, parts).catch((error: unknown) => sendProblem(response, error))
  })
  await listen(server, port)
  const { port: taken } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${taken}/`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  parts: ShopParts,
): Promise<void> {
  requireOwnPage(request)
  const { book, page, keys } = parts
  const path = (request.url ?? '').replace(/\?.*/, '')
  const kind = moveKinds.find((one) => path === `/${one}`)
  if (kind) return takeOrder(kind, request, response, parts)
  if (request.method !== 'GET' && request.method !== 'HEAD') throw notFound(path)
  if (path === '/live') return openStream(response, book)
  if (path === '/keys') {
    return send(response, { type: 'application/cbor', body: await keys(), name: 'ledger.keys' })
  }
  const [, transaction] = /^\/moves\/(0x[0-9a-f]{64})\/proof$/.exec(path) ?? []
  if (transaction !== undefined) {
    const body = book.proofOf(transaction)
    if (!body) throw new CodedError('PROOF_PENDING', 'There is no proof of it yet.', pending)
    return send(response, { type: proofType, body, name: `${transaction.slice(0, 12)}.proof` })
  }
  const file = page.get(path)
  if (!file) throw notFound(path)
  send(response, file)
}

const pending = { details: { status: 404 } }
const notFound = (path: string) =>
  new CodedError('NOT_FOUND', `The shop has no ${path}.`, { details: { status: 404 } })

/**
 * Any page in this browser can send requests here. Names other than the machine's own mean that a
 * stranger's name was made to lead here.
 */
function requireOwnPage({ headers: { host = '', origin } }: IncomingMessage): void {
  const isOwn = /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)
  if (isOwn && (origin === undefined || origin === `http://${host}`)) return
  const message = 'The shop answers its own page alone.'
  throw new CodedError('ORIGIN_REFUSED', message, { details: { status: 403 } })
}

async function takeOrder(
  kind: MoveKind,
  request: IncomingMessage,
  response: ServerResponse,
  { points, book }: ShopParts,
): Promise<void> {
  if (request.method !== 'POST') throw notFound(`${request.method} /${kind}`)
  const order = readOrder(kind, await readJson(request))
  const idempotencyKey = String(request.headers['idempotency-key'] ?? '')
  if (!/^[\w-]{16,64}$/.test(idempotencyKey)) {
    const message = 'Idempotency-Key: 16 to 64 letters, digits and dashes are needed.'
    throw new CodedError('ORDER_INVALID', message)
  }
  const { credential, ...made } = await makeMove(points, { kind, idempotencyKey, ...order })
  book.tellAct(made.transaction, { credential, request: idempotencyKey })
  const body = Buffer.from(JSON.stringify(made))
  send(response, { type: 'application/json', body }, made.isRepeat ? 200 : 201)
}

/** @throws ORDER_INVALID */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const { 'content-type': type = '' } = request.headers
  // A form of another page cannot send this type.
  if (!/^application\/json\b/i.test(type)) throw badBody('is no application/json')
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > bodyBytesMax) throw badBody(`is longer than ${bodyBytesMax} bytes`)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw badBody('is no JSON')
  }
}

const badBody = (why: string) => new CodedError('ORDER_INVALID', `The body ${why}.`)

type Sent = PageFile & { readonly name?: string }

function send(response: ServerResponse, { type, body, name }: Sent, status = 200): void {
  const file = name === undefined ? {} : { 'content-disposition': `attachment; filename="${name}"` }
  response.writeHead(status, { 'content-type': type, ...file }).end(body)
}

/** Problem details (RFC 9457), with the gateway's code and words where they are its own. */
function sendProblem(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const known = isCodedError(error)
  const { code, message: detail } = known
    ? error
    : { code: 'SHOP_FAILED', message: 'The shop failed; its terminal says why.' }
  if (!known) console.error(error)
  const status = known ? statusOf(error) : 500
  const body = Buffer.from(JSON.stringify({ status, code, detail }))
  send(response, { type: 'application/problem+json', body }, status)
}

/** 503 says that the same order may be sent again, and is better sent again. */
function statusOf({ code, retryable, details: { status } }: CodedError): number {
  if (retryable) return 503
  if (code === 'ORDER_INVALID') return 400
  return typeof status === 'number' && status < 500 ? status : 422
}
