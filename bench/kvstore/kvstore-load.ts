import { HttpConnection } from '../load/http-connection.ts'
import { numberDigits, patchNumber } from '../load/numbers.ts'
import { serveParent } from '../network/program.ts'

/** What one measurement of kvstore does. */
export type KvstoreLoad = {
  /** Of each node's RPC: connections are spread over them. */
  readonly ports: readonly number[]
  readonly connections: number
  readonly txBytes: number
  /** Transactions that were sent and are not committed: more wait for a block. */
  readonly underWayMax: number
  readonly warmupSeconds: number
  readonly seconds: number
  /** Number of the first transaction; no other load has it or one after it. */
  readonly firstNumber: number
}

export type KvstoreRate = {
  /** Committed transactions per second. */
  readonly rate: number
  readonly committed: number
  readonly blocks: number
  readonly problem?: string
}

/** What the application says of itself. */
type Stand = { readonly size: number; readonly height: number; readonly atMs: number }

const pollMs = 20
/** Beyond the time of the run, on a machine that others use too. */
const patienceMs = 60_000

/** Sends transactions as fast as they are taken, and counts what is committed. */
class KvstoreGenerator {
  readonly #load: KvstoreLoad
  readonly #lanes: { readonly connection: HttpConnection; readonly request: Buffer }[]
  readonly #idle: number[] = []
  readonly #numberAt: number
  readonly #ended = Promise.withResolvers<KvstoreRate>()
  readonly #asked: HttpConnection
  #number: number
  #committed = 0
  #began: Stand | undefined
  #beginMs = performance.now()

  constructor(load: KvstoreLoad) {
    this.#load = load
    this.#number = load.firstNumber
    const { request, numberAt } = requestOf(load.txBytes)
    this.#numberAt = numberAt
    this.#lanes = Array.from({ length: load.connections }, (_, i) => ({
      connection: this.#connect(i, (body) => this.#taken(i, body)),
      request: Buffer.from(request),
    }))
    this.#asked = this.#connect(0, (body) => this.#stands(body))
  }

  run(): Promise<KvstoreRate> {
    this.#lanes.forEach((_, i) => {
      this.#idle.push(i)
    })
    this.#ask()
    return this.#ended.promise
  }

  #connect(i: number, onBody: (body: string) => void): HttpConnection {
    const { ports } = this.#load
    return new HttpConnection(ports[i % ports.length] ?? 0, {
      onAnswer: ({ body }) => onBody(body.toString()),
      onProblem: (problem) => this.#fail(problem),
    })
  }

  #ask(): void {
    this.#asked.send(postOf('{"jsonrpc":"2.0","id":1,"method":"abci_info"}'))
  }

  /** How far the first node is; transactions are sent up to the bound beyond that. */
  #stands(body: string): void {
    const size = Number(/\\"size\\":(\d+)/.exec(body)?.[1] ?? 0)
    const height = Number(/"last_block_height":"(\d+)"/.exec(body)?.[1] ?? 0)
    const stand = { size, height, atMs: performance.now() }
    this.#committed = size
    const { warmupSeconds, seconds } = this.#load
    if (stand.atMs >= this.#beginMs + warmupSeconds * 1000 && size > 0) this.#began ??= stand
    const from = this.#began ?? stand
    // From block to block: within one nothing is counted.
    if (stand.atMs >= from.atMs + seconds * 1000 && size > from.size) {
      this.#end(from, stand)
      return
    }
    if (stand.atMs > this.#beginMs + (warmupSeconds + seconds) * 1000 + patienceMs) {
      this.#fail('nothing more is committed')
      return
    }
    this.#sendMore()
    setTimeout(() => this.#ask(), pollMs)
  }

  #end(from: Stand, to: Stand): void {
    const committed = to.size - from.size
    const rate = (committed * 1000) / (to.atMs - from.atMs)
    this.#finish({ rate, committed, blocks: to.height - from.height })
  }

  #fail(problem: string): void {
    this.#finish({ rate: 0, committed: 0, blocks: 0, problem })
  }

  #sendMore(): void {
    const { underWayMax, firstNumber } = this.#load
    while (this.#number - firstNumber - this.#committed < underWayMax) {
      const lane = this.#lanes[this.#idle.shift() ?? -1]
      if (!lane) return
      patchKey(lane.request, this.#numberAt, this.#number++)
      lane.connection.send(lane.request)
    }
  }

  #taken(lane: number, body: string): void {
    if (!/"code":0,/.test(body)) {
      this.#fail(body.slice(0, 500))
      return
    }
    this.#idle.push(lane)
    this.#sendMore()
  }

  #finish(rate: KvstoreRate): void {
    for (const { connection } of [...this.#lanes, { connection: this.#asked }]) connection.close()
    this.#ended.resolve(rate)
  }
}

/** A key of so many bytes is a whole number of base64's groups: it can be patched by itself. */
const keyBytes = 18

/** A request with a transaction of this many bytes: a key of 18, a sign, and a value. */
function requestOf(txBytes: number): { readonly request: Buffer; readonly numberAt: number } {
  const tx = Buffer.alloc(txBytes, 'v')
    .fill('k', 0, keyBytes)
    .fill('=', keyBytes, keyBytes + 1)
  const head = '{"jsonrpc":"2.0","id":1,"method":"broadcast_tx_sync","params":{"tx":"'
  const request = postOf(`${head}${tx.toString('base64')}"}}`)
  return { request, numberAt: request.indexOf(head) + head.length }
}

function patchKey(request: Buffer, at: number, number: number): void {
  const key = Buffer.alloc(keyBytes, 'k')
  patchNumber(key, [keyBytes - numberDigits], number)
  request.write(key.toString('base64'), at, 'latin1')
}

function postOf(body: string): Buffer {
  const lines = ['POST / HTTP/1.1', 'host: 127.0.0.1', 'content-type: application/json']
  return Buffer.from([...lines, `content-length: ${body.length}`, '', body].join('\r\n'))
}

serveParent((load: KvstoreLoad) => new KvstoreGenerator(load).run())
