import { once } from 'node:events'
import { createServer } from 'node:http'

/** Changes a JSON answer on its way; returns what the client gets. */
export type Tamper = (path: string, answer: Record<string, unknown>) => unknown

/** Gives other bytes in place of those of an answer. */
export type Replace = (path: string, bytes: Buffer) => Buffer

/** A request and its answer, head and body, as they were on the wire. */
export type Passed = { readonly request: Buffer; readonly answer: Buffer }

/**
 * A server between client and gateway that passes everything on, and may lie about answers. It
 * keeps what passed; `onRequest` is told before a request goes on.
 */
export async function startTamperingProxy(
  gateway: string,
  { onRequest = () => undefined }: { readonly onRequest?: (line: string) => void } = {},
) {
  let tamper: Tamper = (_, answer) => answer
  let replace: Replace = (_, bytes) => bytes
  const passed: Passed[] = []
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    const { method = 'GET', url = '/' } = request
    const line = `${method} ${url}`
    onRequest(line)
    const headers = new Headers()
    for (const name of ['content-type', 'accept', 'authorization', 'idempotency-key'] as const) {
      const value = request.headers[name]
      if (typeof value === 'string') headers.set(name, value)
    }
    const sent = body.length === 0 ? {} : { body }
    // Whoever asked may have given up meanwhile, and the gateway may be gone.
    const answer = await fetch(gateway + url, { method, headers, ...sent }).catch(() => undefined)
    if (!answer) return response.destroy()
    const type = answer.headers.get('content-type') ?? ''
    const bytes = replace(url, Buffer.from(await answer.arrayBuffer()))
    const head = Buffer.from(`${line}\n${request.rawHeaders.join('\n')}\n\n`)
    passed.push({ request: Buffer.concat([head, body]), answer: bytes })
    response.writeHead(answer.status, { 'content-type': type })
    if (!type.startsWith('application/json')) return response.end(bytes)
    return response.end(JSON.stringify(tamper(url, JSON.parse(bytes.toString()))))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    address: `http://127.0.0.1:${port}`,
    /** How answers are changed from now on. */
    lie: (how: Tamper) => {
      tamper = how
    },
    /** How the bytes of answers are changed from now on, JSON or not. */
    replace: (how: Replace) => {
      replace = how
    },
    /** Everything that passed, in order. */
    passed,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
