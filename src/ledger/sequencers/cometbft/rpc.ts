import { Agent, request } from 'node:http'
import { CodedError } from '@openbsn/sdk'

export type RpcOptions = {
  /** The local socket that CometBFT serves its RPC on. */
  readonly socketPath: string
  readonly timeoutMs?: number
}

/** Asks CometBFT over its local socket (JSON-RPC 2.0). */
export interface Rpc {
  /**
   * @throws ENGINE_UNREACHABLE where nobody answers: whether it was taken is not known;
   * ENGINE_REFUSED where it says no
   */
  call(method: string, parameters?: Readonly<Record<string, unknown>>): Promise<unknown>
  close(): void
}

/** Of an answer. The largest one asked for, a commit of 300 validators, has about 100 kB. */
const answerBytesMax = 8 * 1024 * 1024

export function createRpc({ socketPath, timeoutMs = 3000 }: RpcOptions): Rpc {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })

  function post(body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', host: 'localhost' }
      const asked = request({ agent, socketPath, method: 'POST', path: '/', headers }, (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (piece: string) => {
          text += piece
          if (text.length > answerBytesMax) asked.destroy(unreachable('its answer has no end'))
        })
        answer.once('end', () => resolve(text))
        answer.once('error', reject)
      })
      asked.setTimeout(timeoutMs, () => asked.destroy(unreachable(`no answer in ${timeoutMs} ms`)))
      asked.once('error', reject)
      asked.end(body)
    })
  }

  return {
    call: async (method, parameters = {}) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: parameters })
      const text = await post(body).catch((error: Error) => {
        throw unreachable(error.message, error)
      })
      const answer = parse(text)
      if (!answer) throw unreachable('its answer is no JSON')
      const { result, error } = answer
      if (error === undefined) return result
      throw new CodedError('ENGINE_REFUSED', `CometBFT refuses ${method}: ${JSON.stringify(error)}`)
    },
    close: () => agent.destroy(),
  }
}

function parse(text: string): { readonly result?: unknown; readonly error?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

const unreachable = (why: string, cause?: unknown) =>
  new CodedError('ENGINE_UNREACHABLE', `CometBFT does not answer: ${why}.`, {
    retryable: true,
    cause,
  })
