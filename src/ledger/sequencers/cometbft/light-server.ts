import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { consensusParameters } from './comet-home.ts'
import type { LightBlock } from './light-blocks.ts'

/** Answers CometBFT's light client on loopback (JSON-RPC 2.0): of three blocks, nothing else. */
export interface LightServer {
  readonly url: string
  close(): Promise<void>
}

export type LightServerOptions = {
  readonly blocks: readonly LightBlock[]
  /** The first block of the chain: the parameters of consensus follow from it. */
  readonly initialHeight: number
}

/** A request of the light client has a few hundred bytes. */
const requestBytesMax = 16 * 1024

export async function openLightServer(options: LightServerOptions): Promise<LightServer> {
  const server = createServer((request, response) => {
    void answer(request, response, options).catch(() => response.destroy())
  })
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(0, '127.0.0.1', done)
  })
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      const closed = new Promise((done) => server.close(done))
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: LightServerOptions,
): Promise<void> {
  let text = ''
  for await (const piece of request.setEncoding('utf8')) {
    text += piece
    if (text.length > requestBytesMax) {
      response.destroy()
      return
    }
  }
  const { id, method, params } = Object(JSON.parse(text))
  const result = resultOf(String(method), Object(params), options)
  const error = { code: -32_603, message: 'Internal error', data: noSuchBlock(params) }
  const body = { jsonrpc: '2.0', id: Number(id), ...(result ? { result } : { error }) }
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(body))
}

/** In the words by which CometBFT knows that a block is not there. */
const noSuchBlock = (params: unknown) => `height ${Number(Object(params).height)} is not available`

type Parameters = Readonly<Record<string, unknown>>

function resultOf(method: string, parameters: Parameters, options: LightServerOptions) {
  const { blocks, initialHeight } = options
  const block = blocks.find(({ height }) => height === Number(parameters.height))
  if (!block) return undefined
  const block_height = String(block.height)
  if (method === 'commit') return block.commit
  if (method === 'validators') return { block_height, ...pageOf(block.validators, parameters) }
  if (method !== 'consensus_params') return undefined
  return { block_height, consensus_params: consensusParameters(initialHeight) }
}

function pageOf(validators: readonly unknown[], { page, per_page: size }: Parameters) {
  const [number, count] = [Number(page ?? 1), Number(size ?? 30)]
  const part = validators.slice((number - 1) * count, number * count)
  return { validators: part, count: String(part.length), total: String(validators.length) }
}
