import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { type Client, isCodedError, sha256, signStatement, toBase64url, utf8 } from '@openbsn/sdk'
import { namedSigner } from '../../src/testing/named-signer.ts'
import type { Prng } from '../../src/testing/prng.ts'
import type { History } from './history.ts'

export type NetworkWriterOptions = {
  readonly name: string
  readonly ledger: string
  /** Each tries once; the first is the one that this writer would rather use. */
  readonly gateways: readonly Client[]
  readonly history: History
  readonly prng: Prng
}

type Act = { readonly name: string; statement: Uint8Array }

const signer = namedSigner('c1')
/** Acts in one request, at most, and the wait before the next: the network has other work too. */
const [batchMax, pauseMs] = [4, 120]
/** Within this it is said that too few validators answer (P8), as the client measures it. */
const refusedMsMax = 5000
/** What one that is alive answers, with too few beside it. */
const undecided = /^LEDGER_(UNDECIDED|NO_QUORUM)$/
/** All that a gateway may answer where it did not register something, or does not know it. */
const allowed = /^(LEDGER_(UNDECIDED|NO_QUORUM|STOPPED|BUSY)|GATEWAY_(UNREACHABLE|DRAINING))$/

/** A user of the network: what has no answer it sends again, through another gateway. */
export class NetworkWriter {
  /** When acts were acknowledged, repeats included: milliseconds, in order. */
  readonly acknowledgedMs: number[] = []
  /** How often which code was the answer. */
  readonly failures: Record<string, number> = {}
  /** Of an answer that was none, where a gateway gave it: milliseconds. */
  slowestFailureMs = 0
  readonly #options: NetworkWriterOptions
  /** What `run` may send again: of an act under way, an answer is to its last bytes. */
  readonly #acts: Act[] = []
  #unknown: readonly Act[] = []
  /** What was tried where it could not be registered. */
  readonly #left: Act[] = []
  #gateway = 0
  #made = 0

  constructor(options: NetworkWriterOptions) {
    this.#options = options
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#request(this.#unknown.length > 0 ? this.#unknown : await this.#choose())
      await pause(pauseMs)
    }
  }

  /** Sends what has no answer until it has one. */
  async resolve(milliseconds: number): Promise<void> {
    const until = performance.now() + milliseconds
    this.#unknown = [...this.#unknown, ...this.#left.splice(0)]
    while (this.#unknown.length > 0) {
      const failures = JSON.stringify(this.failures)
      assert.ok(performance.now() < until, `not known after ${milliseconds} ms: ${failures}`)
      await this.#request(this.#unknown)
      await pause(50)
    }
  }

  /** Registers something new through one gateway; returns after how many milliseconds. */
  async probe(client: Client, milliseconds: number): Promise<number> {
    const [began, act] = [performance.now(), await this.#new()]
    for (;;) {
      const code = await this.#send(client, [act])
      const took = performance.now() - began
      assert.ok(took < milliseconds, `no write in ${took} ms: ${JSON.stringify(this.failures)}`)
      if (code === undefined) {
        this.#acts.push(act)
        return took
      }
      await pause(50)
    }
  }

  /** Tries something new once, through a gateway that must not register it, and says so in time. */
  async isRefused(client: Client): Promise<void> {
    const [act, began] = [await this.#new(), performance.now()]
    this.#left.push(act)
    const code = await this.#send(client, [act])
    assert.match(`${code}`, undecided, `${act.name}, of which nothing can be decided`)
    const took = performance.now() - began
    assert.ok(took < refusedMsMax, `no answer for ${took} ms`)
  }

  async #choose(): Promise<Act[]> {
    const acts: Act[] = []
    for (let count = this.#options.prng.int(1, batchMax); count > 0; count--) {
      acts.push(await this.#act())
    }
    return acts
  }

  /** A new act; one in eight times an old one: the same bytes, or signed anew. */
  async #act(): Promise<Act> {
    const { prng } = this.#options
    const old = this.#acts[prng.int(0, Math.max(0, this.#acts.length - 1))]
    if (!old || prng.int(1, 8) > 1) {
      const act = await this.#new()
      this.#acts.push(act)
      return act
    }
    if (prng.int(0, 1) === 0) old.statement = await this.#sign(old.name, prng.int(1, 60))
    return old
  }

  async #new(): Promise<Act> {
    const name = `${this.#options.name} ${this.#made++}`
    return { name, statement: await this.#sign(name, 0) }
  }

  #sign(name: string, ageSeconds: number): Promise<Uint8Array> {
    const iat = Math.floor(Date.now() / 1000) - ageSeconds
    const cti = sha256(utf8(name)).subarray(0, 16)
    const claims = { iss: 'c1', sub: 'flights', aud: this.#options.ledger, iat, cti }
    return signStatement({ contentType: 'text/plain', claims, payload: utf8(name) }, signer)
  }

  async #request(acts: readonly Act[]): Promise<void> {
    const { gateways } = this.#options
    this.#unknown = acts
    const client = gateways[this.#gateway % gateways.length]
    assert(client, 'a writer has a gateway')
    if ((await this.#send(client, acts)) === undefined) this.#unknown = []
    else this.#gateway++
  }

  /** Undefined where outcomes came, which the history has before; else what was told instead. */
  async #send(client: Client, acts: readonly Act[]): Promise<string | undefined> {
    const { history } = this.#options
    history.append(
      acts.map(({ name, statement }) => ({
        kind: 'sent',
        act: name,
        statement: toBase64url(statement),
      })),
    )
    const began = performance.now()
    try {
      const statements = acts.map(({ statement }) => statement)
      const outcomes = await client.submit(statements, { receipts: true })
      history.append(
        outcomes.map((outcome, i) => ({ kind: 'told', act: acts[i]?.name ?? '', outcome })),
      )
      const now = performance.now()
      for (const _ of acts) this.acknowledgedMs.push(now)
      return undefined
    } catch (error) {
      if (!isCodedError(error)) throw error
      assert.match(error.code, allowed, `${error.code}: ${error.message}`)
      this.failures[error.code] = (this.failures[error.code] ?? 0) + 1
      const took = performance.now() - began
      const isAnswer = error.code !== 'GATEWAY_UNREACHABLE'
      if (isAnswer) this.slowestFailureMs = Math.max(this.slowestFailureMs, took)
      return error.code
    }
  }
}
