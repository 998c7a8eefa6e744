import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

type Request = { readonly id: unknown; readonly method: string }
type Manner = (response: ServerResponse, answer: string, request: Request) => unknown

const instead = (request: Request, method: string, result: unknown) =>
  request.method === method && JSON.stringify({ jsonrpc: '2.0', id: request.id, result })

const other = `0x${'0b'.repeat(32)}`

/** How an address may behave; all but the first look like the first when they are looked at. */
export const manners = {
  good: (response, answer) => response.end(answer),
  garbage: (response) => response.end('<html>busy</html>'),
  cut: (response, answer) => {
    response.writeHead(200, { 'content-length': answer.length })
    response.write(answer.slice(0, answer.length / 2), () => response.destroy())
  },
  gone: (response) => response.destroy(),
  failing: (response) => response.writeHead(500).end('{}'),
  limited: (response, _answer, { id }) => {
    const error = { code: -32005, message: 'too many requests' }
    response.end(JSON.stringify({ jsonrpc: '2.0', id, error }))
  },
  confused: (response, _answer) => response.end('{"jsonrpc":"2.0","id":"of another","result":1}'),
  moved: (response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
  stuck: () => undefined,
  slow: (response, answer) => void setTimeout(() => response.end(answer), 1500),
  endless: (response) => {
    const part = 'x'.repeat(1024 * 1024)
    response.writeHead(200)
    response.write('{"jsonrpc":"2.0","id":1,"result":"')
    const more = () => {
      while (!response.destroyed && response.write(part)) if (response.destroyed) return
    }
    response.on('drain', more)
    more()
  },
  /** Of its own: another chain, another past and richer, or blocks that nobody has. */
  stranger: (response, answer, request) =>
    response.end(instead(request, 'eth_chainId', '0x1') || answer),
  liar: (response, answer, request) =>
    response.end(
      instead(request, 'eth_getBlockByNumber', { hash: other }) ||
        instead(request, 'eth_getBalance', '0xffffffff') ||
        answer,
    ),
  prophet: (response, answer, request) =>
    response.end(
      instead(request, 'eth_blockNumber', '0xffffff') ||
        instead(request, 'eth_getBalance', '0xffffffff') ||
        answer,
    ),
} as const satisfies Record<string, Manner>

export type MannerName = keyof typeof manners

const looks = new Set(['eth_chainId', 'eth_blockNumber', 'eth_getBlockByNumber'])
/** These are so from the first look on. */
const atOnce = new Set<MannerName>(['stranger', 'liar', 'prophet'])

/** An address of a chain: a real engine behind it, and manners that change while it runs. */
export async function startUpstream(t: TestContext, enginePort: number) {
  const state: { manner: MannerName; asked: number } = { manner: 'good', asked: 0 }
  const server = createServer(async (incoming, response) => {
    const parts: Buffer[] = []
    for await (const part of incoming) parts.push(part as Buffer)
    const body = Buffer.concat(parts)
    const request = JSON.parse(body.toString()) as Request
    const isLook = looks.has(request.method)
    if (!isLook) state.asked++
    const engine = await fetch(`http://127.0.0.1:${enginePort}`, {
      ...{ method: 'POST', body, headers: { 'content-type': 'application/json' } },
    }).catch(() => undefined)
    if (!engine) return void response.destroy()
    const answer = await engine.text()
    const name = isLook && !atOnce.has(state.manner) ? 'good' : state.manner
    const manner: Manner = manners[name]
    manner(response, answer, request)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, state }
}
