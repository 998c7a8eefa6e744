import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Prng } from '../../src/testing/prng.ts'
import { type Crash, Crashes } from './crashes.ts'
import { History } from './history.ts'
import { judgeCalls, judgeSenders, resolvedMsMax } from './judge-calls.ts'
import { EventIds, judgeEvents, type ReaderHistory } from './judge-events.ts'
import { judgeUsage, type Usage } from './judge-usage.ts'
import { clientOf, settleTenant } from './load.ts'
import { fillDisk } from './mounts.ts'
import type { Participant, Tenant } from './participant.ts'
import { RecordClient } from './record-client.ts'
import { SocketReader } from './socket-reader.ts'
import { StreamReader } from './stream-reader.ts'
import { WebhookReceiver } from './webhook-receiver.ts'

/** So soon after all works again, every reader has everything, a back-off included. */
const caughtUpMsMax = 60_000
/** What is counted is what the ledger has within this (P4). */
const countedMsMax = 60_000

/** A life ends after this, however little was answered. */
const busyMsMax = 10_000
/** So much is left of a disk that is full; a commit or two. */
const roomBytes = 300_000

type Reader = Omit<ReaderHistory, 'history'> & {
  readonly history: History
  readonly at: () => number
}

/**
 * A gateway in all its uses, over lives that end badly: signed statements, JSON records with
 * retries, event streams, a WebSocket with acknowledgements, and a webhook whose receiver has bad
 * times too. Each writes its own history; the judges see nothing else and the public log.
 */
export class GatewayFaults {
  readonly crashes: Crashes
  readonly #prng: Prng
  readonly #histories: History[] = []
  readonly #clients: RecordClient[] = []
  readonly #readers: Reader[] = []
  readonly #receiver: WebhookReceiver
  #tenant: Tenant | undefined
  #lives = 0
  /** In which life of four the receiver of webhooks is away. */
  readonly #awayAt: number

  constructor(prng: Prng) {
    this.#prng = prng
    this.#awayAt = prng.int(0, 3)
    const args = ['--webhook-allow', '127.0.0.1/32']
    this.crashes = new Crashes(prng, { clients: 2, batchMax: 20, args })
    this.#receiver = new WebhookReceiver(this.#history('receiver'), prng)
  }

  get #service(): Tenant {
    assert.ok(this.#tenant, 'the service is there from the beginning on')
    return this.#tenant
  }

  #history(name: string): History {
    const history = new History(this.crashes.folder.file(`history-${name}.ndjson`))
    this.#histories.push(history)
    return history
  }

  async begin(): Promise<void> {
    await this.#receiver.start()
    await this.crashes.begin(async (gateway) => {
      const client = clientOf(gateway, this.crashes.home)
      const tenant = await settleTenant(client, this.crashes.home)
      this.#tenant = tenant
      const { size } = await client.checkpoint()
      this.#addWriters(tenant)
      this.#addReaders(tenant, size)
      await this.#receiver.subscribe(gateway, tenant, size)
    })
  }

  #addWriters(tenant: Tenant): void {
    for (const name of ['w0', 'w1', 'w2', 'w3']) {
      const history = this.#history(name)
      const options = { name, tenant, history, prng: this.#prng, fillMax: 4000 }
      this.#add(new RecordClient(options), this.#clients)
    }
  }

  #addReaders(tenant: Tenant, from: number): void {
    const { service } = tenant
    const rest = { tenant, prng: this.#prng, from }
    const fast = { ...rest, history: this.#history('stream'), stopsMsMax: 0 }
    const slow = { ...rest, history: this.#history('slow-stream'), stopsMsMax: 1500 }
    const socket = { ...rest, history: this.#history('socket'), stopsMsMax: 1000 }
    const participants = [
      { name: 'the stream', ...fast, reader: new StreamReader(fast) },
      { name: 'the slow stream', ...slow, reader: new StreamReader(slow) },
      { name: 'the socket', ...socket, reader: new SocketReader('s1', socket) },
    ]
    for (const { name, history, reader } of participants) {
      this.crashes.participants.push(reader)
      const at = () => reader.position
      this.#readers.push({ name, service, history, from, kind: 'stream', at })
    }
    const [history] = this.#histories
    assert.ok(history)
    const receiver = { history, at: () => this.#receiver.position }
    this.#readers.push({ name: 'the receiver', service, from, kind: 'webhook', ...receiver })
  }

  #add<T extends Participant>(one: T, kind: T[]): void {
    kind.push(one)
    this.crashes.participants.push(one)
  }

  /** A life that ends by SIGKILL, somewhere in the first so many answers that it gives. */
  liveUntilKilled(answersMax: number): Promise<void> {
    const answers = this.#prng.int(0, answersMax)
    return this.live(async (program) => {
      await this.#answered(answers)
      await pause(this.#prng.int(0, 30))
      await program.kill()
    })
  }

  /** Waits for so many answers to JSON records: a slow machine takes longer, and does as much. */
  async #answered(count: number): Promise<void> {
    const answers = () => this.#clients.reduce((sum, one) => sum + one.answers, 0)
    const [before, deadline] = [answers(), performance.now() + busyMsMax]
    while (answers() - before < count && performance.now() < deadline) await pause(5)
  }

  /** One life, which `crash` ends; the receiver of webhooks fails at times, or is away. */
  async live(crash: Crash): Promise<void> {
    // One of any four lives in a row, so that no run is without.
    this.#receiver.condition = this.#lives++ % 4 === this.#awayAt ? 'away' : 'moody'
    await this.crashes.live(crash)
  }

  /** Fills the disk until the program ends, and makes room again. */
  async liveOnFullDisk(): Promise<void> {
    let makeRoom = () => {}
    await this.live(async (program) => {
      await this.#answered(this.#prng.int(5, 50))
      makeRoom = fillDisk(this.crashes.home, roomBytes)
      for (let i = 0; i < 1000 && !program.hasEnded; i++) await pause(20)
      assert.ok(program.hasEnded, `still running on a full disk:\n${program.log}`)
      assert.match(program.log, /STORE_COMMIT_FAILED|STORE_FULL/)
    })
    makeRoom()
  }

  /** A start that is killed before it serves, where what was written is read back. */
  async stillborn(): Promise<void> {
    const program = this.crashes.start()
    await pause(this.#prng.int(50, 900))
    await program.kill()
  }

  /** All works again: what is unknown is asked for, readers come to the end, all is judged. */
  async judge(): Promise<Judged> {
    let unknown = 0
    const over = new AbortController()
    const reading: Promise<void>[] = []
    const more = async (gateway: string) => {
      const healedMs = performance.now()
      this.#receiver.condition = 'well'
      const readers = this.crashes.participants.filter((one) => !(one instanceof RecordClient))
      reading.push(...readers.map((one) => one.run(gateway, over.signal)))
      for (const one of this.#clients) unknown += await one.resolve(gateway, healedMs)
      assert.ok(performance.now() - healedMs <= resolvedMsMax, 'all is known in time')
    }
    const judged = { calls: 0, events: 0 }
    const last = async (gateway: string) => {
      await this.#caughtUp()
      over.abort()
      await Promise.all(reading)
      Object.assign(judged, this.#judgeAll())
      await this.#judgeUsage(gateway)
    }
    const { acknowledged, entries } = await this.crashes.judge({ more, last })
    return { ...judged, unknown, statements: acknowledged, entries, moods: this.#receiver.seen }
  }

  async #caughtUp(): Promise<void> {
    const { log } = this.crashes.checker
    const last = log.recordsOf(this.#service.service).at(-1) ?? -1
    const deadline = performance.now() + caughtUpMsMax
    const isBehind = () => this.#readers.filter(({ at }) => at() < last)
    while (isBehind().length > 0 && performance.now() < deadline) await pause(50)
    const behind = isBehind().map(({ name, at }) => `${name} is at ${at()} of ${last}`)
    assert.deepEqual(behind, [], 'everybody has everything')
  }

  #judgeAll(): Pick<Judged, 'calls' | 'events'> {
    const { log } = this.crashes.checker
    const { ledger, service } = this.#service
    const histories = this.#histories.map((one) => one.read())
    let [calls, events] = [0, 0]
    for (const history of histories) calls += judgeCalls(ledger, log, history)
    judgeSenders(ledger, log, { service, histories })
    const ids = new EventIds()
    for (const reader of this.#readers) {
      events += judgeEvents(log, { ...reader, history: reader.history.read() }, ids)
    }
    return { calls, events }
  }

  /** What is counted may come a little later than what it counts. */
  async #judgeUsage(gateway: string): Promise<void> {
    const { log } = this.crashes.checker
    const deadline = performance.now() + countedMsMax
    for (;;) {
      const { usage, position } = await readUsage(
        `${gateway}/api/v1/ledgers/${this.#service.ledger}`,
      )
      if (position < log.size && performance.now() < deadline) {
        await pause(50)
        continue
      }
      for (const service of [this.#service.service, 'flights']) judgeUsage(log, service, usage)
      return
    }
  }

  async remove(): Promise<void> {
    this.#receiver.close()
    await this.crashes.remove()
    for (const history of this.#histories) history.close()
  }
}

export type Judged = {
  /** JSON records, events of all readers, and statements that were acknowledged. */
  readonly calls: number
  readonly events: number
  readonly statements: number
  readonly entries: number
  /** Requests whose fate was unknown at the end. */
  readonly unknown: number
  readonly moods: Readonly<Record<string, number>>
}

type UsageAnswer = {
  readonly usage: readonly { readonly service: string; credential: string; entries: number }[]
  readonly position: number
  readonly next?: string
}

/** Usage over all days. */
async function readUsage(base: string): Promise<{ usage: Usage[]; position: number }> {
  const answer = await fetch(`${base}/usage?limit=1000`)
  assert.equal(answer.status, 200)
  const { usage, position, next } = (await answer.json()) as UsageAnswer
  assert.equal(next, undefined)
  const sums = new Map<string, Usage>()
  for (const { service, credential, entries } of usage) {
    const key = `${service} ${credential}`
    const writes = (sums.get(key)?.writes ?? 0) + entries
    sums.set(key, { service, credential, writes })
  }
  return { usage: [...sums.values()], position }
}
