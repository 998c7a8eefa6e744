import type { Chain, ChainCall, StreamEvents } from '../frameworks/evm/chain.ts'

/** What a chain in memory was asked, as text. */
export type MemoryChain = Chain & {
  readonly asked: string[]
  epoch: number
  finalHeight: number
  /** What it answers; by default the request itself as the result, with the id that it has. */
  respond: (call: ChainCall) => Promise<string> | string
  /** Streams that are open. */
  readonly streams: StreamEvents[]
}

/** A chain without an engine, for what stands in front of one. */
export function createMemoryChain(kind: Chain['kind'] = 'sandbox'): MemoryChain {
  const asked: string[] = []
  const streams: StreamEvents[] = []
  const send = async (call: ChainCall) => {
    asked.push(Buffer.from(call.body).toString())
    return Buffer.from(await chain.respond(call))
  }
  const chain: MemoryChain = {
    ...{ chainId: 1337, kind, epoch: 0, lossSecondsMax: 5, asked, streams },
    finalHeight: Number.POSITIVE_INFINITY,
    respond: ({ body }) => answerTo(JSON.parse(Buffer.from(body).toString())),
    send,
    openStream: async (events) => {
      streams.push(events)
      return {
        send: (body) => {
          const { id } = JSON.parse(Buffer.from(body).toString())
          const result = `"0x${asked.push('subscribe')}"`
          events.onMessage(Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":${result}}`))
          return true
        },
        pause: () => undefined,
        resume: () => undefined,
        close: () => events.onClose(),
      }
    },
  }
  return chain
}

type Request = { readonly id?: unknown; readonly method: string }

function answerTo(request: Request | readonly Request[]): string {
  if (Array.isArray(request)) return `[${request.map((one) => answerTo(one)).join(',')}]`
  const { id = null, method } = request as Request
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":"${method}"}`
}
