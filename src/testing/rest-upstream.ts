import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

/** What an address of a dialect was asked, as it came. */
export type RestAsked = {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}
type React = (response: ServerResponse, asked: RestAsked) => unknown

/** An address of a dialect on loopback, with a history, and a mind of its own that may change. */
export async function startRestUpstream(t: TestContext, says: string) {
  const asked: RestAsked[] = []
  const good: React = (response) => response.setHeader('content-type', 'text/plain').end(says)
  const server = createServer(async (incoming, response) => {
    const parts: Buffer[] = []
    for await (const part of incoming) parts.push(part as Buffer)
    const { method, url, headers } = incoming
    const one = { method, url, headers, body: Buffer.concat(parts).toString() }
    asked.push(one)
    own.react(response, one)
  })
  const listen = (port: number) =>
    new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  await listen(0)
  const { port } = server.address() as AddressInfo
  const own = {
    url: `http://127.0.0.1:${port}`,
    asked,
    good,
    react: good,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
    restart: () => listen(port),
  }
  t.after(() => own.stop())
  return own
}
