import assert from 'node:assert/strict'
import { actIdentity, canonicalJson, fromUtf8, idempotencyActId, toHex } from '@openbsn/sdk'
import type { Answered, Asked, Line, Looked } from './history.ts'
import type { SeenLog } from './seen-log.ts'

/** Whoever asks what became of a request knows it within this (P5). */
export const resolvedMsMax = 30_000

/** An answer of the server that says: this has no effect. */
const isRefusal = ({ status }: Answered) => status >= 400 && status < 500 && status !== 429

/**
 * Judges JSON records by what their senders wrote down: every acknowledged one is there (P1), one
 * key has one entry (P2), nothing stays unknown (P5). Returns how many were acknowledged.
 */
export function judgeCalls(ledger: string, log: SeenLog, history: readonly Line[]): number {
  const calls = new Map<string, Call>()
  for (const line of history) {
    if (line.kind === 'asked') {
      const call = calls.get(line.key) ?? new Call(ledger, line)
      call.ask(line)
      calls.set(line.key, call)
    } else if (line.kind === 'answered' || line.kind === 'looked') {
      const call = calls.get(line.key)
      assert.ok(call, `${line.key} was asked for`)
      call.learn(line, log)
    }
  }
  for (const call of calls.values()) call.end(log)
  return [...calls.values()].filter(({ isAcknowledged }) => isAcknowledged).length
}

/** All that one sender knows of one request, told in the order in which it learned it. */
class Call {
  isAcknowledged = false
  readonly #asked: Asked
  readonly #identity: string
  /** What is known now: the entry, that there is none, or nothing. */
  #known: 'entry' | 'none' | 'nothing' = 'nothing'

  constructor(ledger: string, asked: Asked) {
    const { service, credential: by, key } = asked
    this.#asked = asked
    this.#identity = toHex(actIdentity({ ledger, service, by, id: idempotencyActId(key) }))
  }

  ask(again: Asked): void {
    assert.deepEqual(again, this.#asked, 'a retry is the same request')
    // Where it is known to be there, nothing can make that unknown again.
    if (this.#known === 'none') this.#known = 'nothing'
  }

  learn(line: Answered | Looked, log: SeenLog): void {
    if (line.kind === 'looked') this.#look(line, log)
    else this.#answer(line, log)
  }

  #answer(line: Answered, log: SeenLog): void {
    const { status, index } = line
    const isNews = status === 201 && this.#known === 'entry'
    assert.ok(!isNews, `${this.#asked.key} was told to be new, and was there already`)
    if (status === 200 || status === 201) this.#acknowledge(index, log)
    else if (isRefusal(line)) this.#refuse(`HTTP ${status}`)
  }

  #look({ state, index, ms }: Looked, log: SeenLog): void {
    const { key } = this.#asked
    assert.ok(ms <= resolvedMsMax, `what became of ${key} was known after ${ms} ms`)
    if (state === 'committed') this.#acknowledge(index, log)
    else if (state !== 'pending') this.#refuse(state)
  }

  /** Whether it is told so rightly, the end of the run tells. */
  #refuse(what: string): void {
    assert.ok(!this.isAcknowledged, `${this.#asked.key} was acknowledged, and then: ${what}`)
    this.#known = 'none'
  }

  #acknowledge(index: number | undefined, log: SeenLog): void {
    const { key, value } = this.#asked
    this.isAcknowledged = true
    this.#known = 'entry'
    const place = index ?? Number.NaN
    const statement = log.statement(place)
    assert.ok(statement, `${key} was acknowledged as entry ${index} of ${log.size}: it is lost`)
    const found = log.find(this.#identity)
    assert.equal(found, place, `${key} was acknowledged as entry ${index} and is ${found}`)
    const text = canonicalJson(value)
    assert.equal(fromUtf8(statement.payload), text, `${key} is entry ${index} with another value`)
  }

  end(log: SeenLog): void {
    const { key } = this.#asked
    assert.notEqual(this.#known, 'nothing', `what became of ${key} is still not known`)
    const index = log.find(this.#identity)
    const isThere = index !== undefined
    if (this.#known === 'none') assert.ok(!isThere, `${key} has no effect, and is entry ${index}`)
  }
}

/** Nothing is in the log that nobody sent: every record of a service was asked for. */
export function judgeSenders(
  ledger: string,
  log: SeenLog,
  { service, histories }: { readonly service: string; readonly histories: readonly Line[][] },
): void {
  const asked = new Set<string>()
  for (const line of histories.flat()) {
    if (line.kind !== 'asked') continue
    const { credential: by, key } = line
    const id = idempotencyActId(key)
    asked.add(toHex(actIdentity({ ledger, service: line.service, by, id })))
  }
  const places = [...asked].map((identity) => log.find(identity))
  const known = new Set(places)
  for (const index of log.recordsOf(service)) {
    assert.ok(known.has(index), `entry ${index} of ${service} was asked for by nobody`)
  }
}
