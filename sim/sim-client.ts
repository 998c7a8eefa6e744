import { createGatewayPool, type GatewayPool } from '../sdk/src/gateway-pool.ts'
import type { SubmitOutcome } from '../src/ledger/ledger.ts'
import type { Place } from './network.ts'
import type { Answer, SimNode } from './sim-node.ts'
import type { World } from './world.ts'

/** One statement on its way, from when its sender had it to the answer that settles it. */
export type Sending = {
  readonly from: SimClient
  readonly statement: Uint8Array
  readonly startMs: number
  endMs: number | undefined
  answer: SubmitOutcome | undefined
  /** Who answered in the end. */
  gateway: SimNode | undefined
  /** What it was told before, such as LEDGER_NO_QUORUM, REFUSED or TIMEOUT. */
  readonly faults: string[]
}

/** As in the SDK's transport, but for the timeout, which is of 30 s there. */
const [restMs, retryDelayMs, timeoutMs, delayMsMax] = [5000, 200, 10_000, 5000]
/** The gateways that a client knows: its nearest. */
const gatewaysMax = 8
const headStart = 'https://'.length
const domain = '.example.org'

/**
 * A client somewhere: the SDK's own pool chooses the gateway, and the rules of its transport say
 * when the same statement goes out again, in virtual time. It never gives up.
 */
export class SimClient {
  readonly place: Place
  readonly #world: World
  readonly #byUrl: ReadonlyMap<string, SimNode>
  readonly pool: GatewayPool

  /** `urls`: of gateways, the nearest first, as a directory told. */
  constructor(world: World, place: Place, urls: readonly string[]) {
    this.place = place
    this.#world = world
    const ids = new Map(world.nodes.map((node) => [node.id, node]))
    const known = urls.slice(0, gatewaysMax)
    this.#byUrl = new Map(
      known.flatMap((url) => {
        const node = ids.get(url.slice(headStart, -domain.length))
        return node ? [[url, node] as const] : []
      }),
    )
    const addresses = known.map((url) => ({ url }))
    // The directory has put the nearest first.
    const order = { prefer: 'first', probeMs: Number.MAX_SAFE_INTEGER } as const
    this.pool = createGatewayPool(addresses, { restMs, ...order, nowMs: () => world.queue.nowMs })
  }

  /** Sends it until a gateway says where it is in the log, or that it is refused for good. */
  send(statement: Uint8Array): Sending {
    const startMs = this.#world.queue.nowMs
    const unsettled = { endMs: undefined, answer: undefined, gateway: undefined }
    const sending: Sending = { from: this, statement, startMs, ...unsettled, faults: [] }
    this.#attempt(sending, 1, 0)
    return sending
  }

  #attempt(sending: Sending, attempt: number, waits: number): void {
    const { queue } = this.#world
    const picked = this.pool.pick(() => true)
    const node = picked && this.#byUrl.get(picked.gateway.url)
    if (!picked || !node) return
    const { gateway, isResting } = picked
    const ask = (pauses: number) =>
      this.#ask(node, sending.statement, (answer) => {
        if (!('fault' in answer)) {
          this.pool.succeeded(gateway)
          Object.assign(sending, { answer, gateway: node, endMs: queue.nowMs })
          return
        }
        sending.faults.push(answer.fault)
        this.pool.failed(gateway)
        this.#attempt(sending, attempt + 1, pauses)
      })
    const delayMs = Math.min(delayMsMax, retryDelayMs * 2 ** waits)
    if (isResting && attempt > 1) queue.after(delayMs, () => ask(waits + 1))
    else ask(waits)
  }

  /** One request; `done` hears once, of the answer or of why there is none. */
  #ask(node: SimNode, statement: Uint8Array, done: (answer: Answer) => void): void {
    const { network, queue } = this.#world
    let isDone = false
    const settle = (answer: Answer) => {
      if (!isDone) done(answer)
      isDone = true
    }
    const reply = (answer: Answer) => {
      network.send(node.city, this.place, async () => settle(answer))
    }
    network.send(this.place, node.city, async () => {
      // A machine whose process is gone says so at once.
      if (node.isUp) void node.serve(statement, reply)
      else reply({ fault: 'REFUSED' })
    })
    queue.after(timeoutMs, async () => settle({ fault: 'TIMEOUT' }))
  }
}
