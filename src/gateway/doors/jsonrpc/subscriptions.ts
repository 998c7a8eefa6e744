import type { Chain, ChainStream } from '../../../frameworks/evm/chain.ts'
import { parseJson } from '../../../kernel/json.ts'
import type { RpcCall } from './rpc-calls.ts'
import { rpcCodes, rpcError } from './rpc-errors.ts'

export type SubscriptionsDeps = {
  readonly chain: Chain
  readonly signal: AbortSignal
  /** A notification of the chain, as it came. */
  readonly onNotification: (message: Buffer) => void
  /** The chain has ended the connection: every subscription is gone. */
  readonly onEnd: () => void
}

/** Of one client; each is work for the engine at every block. */
const subscriptionsMax = 100
const answerLimits = { depthMax: 16, valuesMax: 20_000 }

/**
 * Subscriptions of one WebSocket, over a connection to the chain that is opened for the first one.
 * One request at a time: whatever is no notification is its answer.
 */
export class Subscriptions {
  readonly #deps: SubscriptionsDeps
  readonly #ids = new Set<string>()
  #stream: Promise<ChainStream> | undefined
  #before: Promise<unknown> = Promise.resolve()
  #answer: PromiseWithResolvers<Buffer> | undefined
  #isEnded = false

  constructor(deps: SubscriptionsDeps) {
    this.#deps = deps
  }

  /** The answer to eth_subscribe or eth_unsubscribe, byte for byte. @throws CHAIN_* */
  ask(call: RpcCall): Promise<Buffer> {
    const asked = this.#before.then(() => this.#ask(call))
    this.#before = asked.catch(() => undefined)
    return asked
  }

  /** Whether the chain has to wait, because the client does not read. */
  hold(isHeld: boolean): void {
    this.#stream?.then(
      (stream) => (isHeld ? stream.pause() : stream.resume()),
      () => undefined,
    )
  }

  close(): void {
    this.#isEnded = true
    this.#stream?.then(
      (stream) => stream.close(),
      () => undefined,
    )
  }

  async #ask(call: RpcCall): Promise<Buffer> {
    const isNew = call.method === 'eth_subscribe'
    if (isNew && this.#ids.size >= subscriptionsMax) {
      const message = `A connection has at most ${subscriptionsMax} subscriptions.`
      return Buffer.from(rpcError(call.id, { code: rpcCodes.limitExceeded, message }))
    }
    const stream = await this.#opened()
    this.#answer = Promise.withResolvers()
    stream.send(call.raw)
    const answer = await this.#answer.promise
    const result = resultOf(answer)
    if (isNew && typeof result === 'string') this.#ids.add(result)
    const [id] = isNew ? [] : call.params
    if (result === true && typeof id === 'string') this.#ids.delete(id)
    return answer
  }

  #opened(): Promise<ChainStream> {
    const { chain, signal, onNotification } = this.#deps
    this.#stream ??= chain
      .openStream(
        {
          onMessage: (message) => {
            if (isNotification(message)) onNotification(message)
            else this.#answer?.resolve(message)
          },
          onClose: () => this.#ended(),
        },
        signal,
      )
      .catch((error: unknown) => {
        this.#stream = undefined
        throw error
      })
    return this.#stream
  }

  #ended(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#deps.onEnd()
  }
}

/** As most engines begin them: an answer has `id` in that place. */
const notificationStart = Buffer.from('{"jsonrpc":"2.0","method":')

function isNotification(message: Buffer): boolean {
  if (message.subarray(0, notificationStart.length).equals(notificationStart)) return true
  return 'method' in membersOf(message)
}

function resultOf(answer: Buffer): unknown {
  return membersOf(answer).result
}

function membersOf(text: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value = parseJson(text, answerLimits)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
  } catch {
    return {}
  }
}
