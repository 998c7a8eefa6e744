import assert from 'node:assert/strict'
import type { Prng } from '../../src/testing/prng.ts'
import type { Asked, History } from './history.ts'
import { bearer, briefly, type Participant, servicePath, type Tenant } from './participant.ts'

export type RecordClientOptions = {
  readonly name: string
  readonly tenant: Tenant
  readonly history: History
  readonly prng: Prng
  /** Characters of filling in a record, at most. */
  readonly fillMax: number
}

/** An off-network system would not wait longer for an answer. */
const timeoutMs = 5000

/**
 * Writes JSON records, each under its Idempotency-Key. What is not answered is sent again, or left
 * until the end; what was answered is now and then sent again too.
 */
export class RecordClient implements Participant {
  /** Answers that it had. */
  answers = 0
  readonly #options: RecordClientOptions
  readonly #known: Asked[] = []
  readonly #isKnown = new Set<Asked>()
  readonly #unknown = new Map<string, Asked>()
  #made = 0

  constructor(options: RecordClientOptions) {
    this.#options = options
  }

  async run(gateway: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const status = await this.#post(gateway, this.#choose())
      if (status === undefined) return
      if (status >= 500) await briefly(20, signal)
    }
  }

  /** Asks what became of all that is unknown; what was not sent is sent. All becomes definite. */
  async resolve(gateway: string, healedMs: number): Promise<number> {
    const left = [...this.#unknown.values()]
    for (const asked of left) {
      const state = await this.#look(gateway, asked, healedMs)
      if (state !== 'not_sent') continue
      const status = await this.#post(gateway, asked)
      assert.equal(status, 201, `${asked.key} was not sent, and is sent now`)
    }
    return left.length
  }

  /** A new one; else one that was not answered, or was. */
  #choose(): Asked {
    const { prng } = this.#options
    const chance = prng.int(1, 8)
    const left = [...this.#unknown.values()]
    if (chance <= 2 && left.length > 0) return left[prng.int(0, left.length - 1)] ?? this.#new()
    if (chance === 3) return this.#known[prng.int(0, this.#known.length - 1)] ?? this.#new()
    return this.#new()
  }

  #new(): Asked {
    const { name, tenant, prng, fillMax } = this.#options
    const n = this.#made++
    const value = { client: name, n, fill: '.'.repeat(prng.int(0, fillMax)) }
    const { service, credential } = tenant
    return { kind: 'asked', key: `${name}/${n} ${prng.seed}`, service, credential, value }
  }

  /** The status; undefined where no answer came, so that nobody knows. */
  async #post(gateway: string, asked: Asked): Promise<number | undefined> {
    const { tenant, history } = this.#options
    const { key, value } = asked
    history.append([asked])
    const isNew = !this.#isKnown.has(asked)
    if (isNew) this.#unknown.set(key, asked)
    const headers = {
      ...bearer(tenant),
      'content-type': 'application/json',
      'idempotency-key': JSON.stringify(key),
    }
    const body = JSON.stringify({ value })
    const request = { method: 'POST', headers, body }
    const answer = await asJson(`${gateway}${servicePath(tenant)}/records`, request)
    if (!answer) return undefined
    const { status, index } = answer
    this.answers++
    history.append([{ kind: 'answered', key, status, ...(index === undefined ? {} : { index }) }])
    assert.ok([200, 201, 429, 503].includes(status), `${key}: HTTP ${status}`)
    if (status < 300 && isNew) {
      this.#unknown.delete(key)
      this.#known.push(asked)
      this.#isKnown.add(asked)
    }
    return status
  }

  async #look(gateway: string, { key }: Asked, healedMs: number): Promise<string> {
    const { tenant, history } = this.#options
    const path = `${servicePath(tenant)}/requests/${encodeURIComponent(key)}`
    for (;;) {
      const answer = await asJson(`${gateway}${path}`, { headers: bearer(tenant) })
      assert.equal(answer?.status, 200, `what became of ${key}`)
      const { state = '', index } = answer
      const ms = Math.round(performance.now() - healedMs)
      const place = index === undefined ? {} : { index }
      history.append([{ kind: 'looked', key, state, ...place, ms }])
      if (state !== 'pending') return state
      await briefly(50, AbortSignal.timeout(timeoutMs))
    }
  }
}

type Answer = {
  readonly status: number
  readonly index?: number
  readonly state?: string
}

/** Undefined where no whole answer came. */
async function asJson(url: string, request: RequestInit): Promise<Answer | undefined> {
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const response = await fetch(url, { ...request, signal })
    const body = (await response.json()) as Omit<Answer, 'status'>
    return { ...body, status: response.status }
  } catch {
    return undefined
  }
}
