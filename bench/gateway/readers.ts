import { createServer, get } from 'node:http'
import { benchError } from '../errors.ts'
import { monotonicMicroseconds, timeMark } from '../load/json-requests.ts'
import { percentilesOf } from '../load/latencies.ts'
import { numberDigits } from '../load/numbers.ts'
import type { JsonTarget } from '../load/plan.ts'
import { workForParent } from '../network/program.ts'
import type { Arrivals, Expected, ReadersPlan } from './readers-plan.ts'

/** Reads event streams and takes webhooks; cheap, because it shares the cores with the gateway. */

/** One reader of one service: a stream or a webhook. */
type Reader = { readonly service: number; last: number; count: number }

class Readers {
  readonly #plan: ReadersPlan
  readonly #readers: Reader[] = []
  readonly #latencies: Record<'streams' | 'webhooks', number[]> = { streams: [], webhooks: [] }
  readonly #started = { cpu: process.cpuUsage(), atMs: performance.now() }
  #measuredFrom = Number.POSITIVE_INFINITY
  #outOfOrder = 0

  constructor(plan: ReadersPlan) {
    this.#plan = plan
  }

  #join(service: number): Reader {
    const reader = { service, last: -1, count: 0 }
    this.#readers.push(reader)
    return reader
  }

  #take(reader: Reader, kind: 'streams' | 'webhooks', position: number, event: string): void {
    const now = monotonicMicroseconds()
    if (position <= reader.last) {
      this.#outOfOrder++
      return
    }
    reader.last = position
    reader.count++
    const at = event.indexOf(timeMark) + timeMark.length
    const made = Number(event.slice(at, at + numberDigits))
    if (this.#measuredFrom === Number.POSITIVE_INFINITY) {
      this.#measuredFrom = made + this.#plan.warmupSeconds * 1e6
    }
    if (made >= this.#measuredFrom) this.#latencies[kind].push((now - made) / 1000)
  }

  /** Every stream is open and every webhook can come. */
  async open(): Promise<void> {
    const { targets, streamsPerService } = this.#plan
    await this.#listen()
    for (const [service, target] of targets.entries()) {
      const streams = Array.from({ length: streamsPerService }, () => this.#join(service))
      await Promise.all(streams.map((reader) => this.#stream(reader, target)))
    }
  }

  #stream(reader: Reader, { ledger, service, apiKey }: JsonTarget): Promise<void> {
    const path = `/api/v1/ledgers/${ledger}/services/${service}/events`
    const headers = { authorization: `Bearer ${apiKey}` }
    return new Promise((resolve, reject) => {
      const failed = (what: string) => {
        const error = benchError('BENCH_OUTCOME_WRONG', `A stream of ${service}: ${what}.`)
        reject(error)
        // After it was open, nobody waits for it: the parent sees the exit.
        throw error
      }
      const options = { port: this.#plan.port, host: '127.0.0.1', path, headers, agent: false }
      get(options, (response) => {
        if (response.statusCode !== 200) failed(`HTTP ${response.statusCode}`)
        response.setEncoding('utf8')
        let text = ''
        response.on('data', (chunk: string) => {
          text += chunk
          for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
            this.#event(reader, text.slice(0, end), failed)
            text = text.slice(end + 2)
          }
        })
        response.on('end', () => failed('it was ended'))
        resolve()
      }).on('error', (error) => failed(error.message))
    })
  }

  #event(reader: Reader, event: string, failed: (what: string) => void): void {
    if (/^event: end$/m.test(event)) failed(event)
    // Where a stream begins, and how far it is behind, is told by events of other types.
    const position = /^id: (\d+)\nevent: record$/m.exec(event)?.[1]
    if (position !== undefined) this.#take(reader, 'streams', Number(position), event)
  }

  #listen(): Promise<void> {
    const { targets, webhookPort } = this.#plan
    const readers = new Map(targets.map(({ service }, i) => [`/${service}`, this.#join(i)]))
    const server = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8')
      request.on('data', (chunk: string) => {
        body += chunk
      })
      request.on('end', () => {
        const reader = readers.get(request.url ?? '')
        const position = /"position":"(\d+)"/.exec(body)?.[1]
        if (reader && position !== undefined) this.#take(reader, 'webhooks', Number(position), body)
        response.writeHead(204).end()
      })
    })
    return new Promise((resolve) => server.listen(webhookPort, '127.0.0.1', resolve))
  }

  async finish({ counts, waitMs }: Expected): Promise<Arrivals> {
    const lost = () =>
      this.#readers.reduce((sum, { service, count }) => sum + (counts[service] ?? 0) - count, 0)
    const { user, system } = process.cpuUsage(this.#started.cpu)
    const cores = (user + system) / 1000 / (performance.now() - this.#started.atMs)
    const deadline = performance.now() + waitMs
    while (lost() > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    const { streams, webhooks } = this.#latencies
    return {
      streams: percentilesOf(streams),
      webhooks: percentilesOf(webhooks),
      all: percentilesOf([...streams, ...webhooks]),
      arrived: this.#readers.reduce((sum, { count }) => sum + count, 0),
      lost: lost(),
      outOfOrder: this.#outOfOrder,
      cores,
    }
  }
}

workForParent(async (plan: ReadersPlan) => {
  const readers = new Readers(plan)
  await readers.open()
  return (expected: Expected) => readers.finish(expected)
})
