import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Prng } from '../../src/testing/prng.ts'
import type { History } from './history.ts'
import { bearer, type CloudEvent, hadLine, servicePath, type Tenant } from './participant.ts'

/** How it fails: with an answer, with none, by dying after it took an event, by not being there. */
const failures = ['ill', 'silent', 'forgetful', 'away'] as const
type Mood = 'well' | (typeof failures)[number]

/** Well; failing now and then; or away for good. */
export type Condition = 'well' | 'moody' | 'away'

/** So long it leaves a sender without an answer. */
const silentMs = 300

/**
 * A receiver of webhooks of somebody else: a real server that has its bad times. What it has said
 * yes to, or took and died over, it wrote down.
 */
export class WebhookReceiver {
  /** Last position that it has. */
  position = -1
  condition: Condition = 'well'
  /** How many deliveries it had in each mood. */
  readonly seen: Record<Mood, number> = { well: 0, ill: 0, silent: 0, forgetful: 0, away: 0 }
  readonly #history: History
  readonly #prng: Prng
  readonly #server = createServer((request, response) => this.#serve(request, response))
  #port = 0
  #secret = ''

  constructor(history: History, prng: Prng) {
    this.#history = history
    this.#prng = prng
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.#port = (this.#server.address() as AddressInfo).port
  }

  /** Asks the gateway for all events of a service, from a position on. */
  async subscribe(gateway: string, tenant: Tenant, from: number): Promise<void> {
    const url = `http://127.0.0.1:${this.#port}/hook`
    const headers = { ...bearer(tenant), 'content-type': 'application/json' }
    const body = JSON.stringify({ url, from })
    const request = { method: 'POST', headers, body }
    const answer = await fetch(`${gateway}${servicePath(tenant)}/webhooks`, request)
    const { secret } = (await answer.json()) as { secret: string }
    assert.equal(answer.status, 201)
    this.#secret = secret.replace('whsec_', '')
  }

  #mood(): Mood {
    if (this.condition !== 'moody') return this.condition
    return failures[this.#prng.int(0, 9 * failures.length)] ?? 'well'
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const mood = this.#mood()
    this.seen[mood]++
    if (mood === 'away') {
      request.socket.resetAndDestroy()
      return
    }
    let body = ''
    request.setEncoding('utf8')
    request.on('error', () => undefined) // The gateway was killed.
    request.on('data', (chunk: string) => {
      body += chunk
    })
    request.on('end', () => this.#answer(mood, { request, response, body }))
  }

  #answer(mood: Mood, { request, response, body }: Delivery): void {
    if (mood === 'ill') response.writeHead(500).end()
    else if (mood === 'silent') setTimeout(() => response.destroy(), silentMs)
    else {
      this.#take(request, body)
      if (mood === 'forgetful') response.destroy()
      else response.writeHead(204).end()
    }
  }

  #take({ headers }: IncomingMessage, body: string): void {
    const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': sent } = headers
    const key = Buffer.from(this.#secret, 'base64')
    const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
    assert.ok(String(sent).split(' ').includes(`v1,${mac}`), `the signature of ${id}`)
    const event = JSON.parse(body) as CloudEvent
    this.#history.append([hadLine(event)])
    this.position = Math.max(this.position, Number(event.position))
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

type Delivery = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly body: string
}
