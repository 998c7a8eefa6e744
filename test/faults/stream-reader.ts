import { get, type IncomingMessage } from 'node:http'
import type { Prng } from '../../src/testing/prng.ts'
import type { History } from './history.ts'
import {
  again,
  bearer,
  briefly,
  type CloudEvent,
  hadLine,
  type Participant,
  servicePath,
  type Tenant,
} from './participant.ts'

export type ReaderOptions = {
  readonly tenant: Tenant
  readonly history: History
  readonly prng: Prng
  /** First position wanted. */
  readonly from: number
  /** How long it does not read at a time, at most; 0 for one that always reads. */
  readonly stopsMsMax: number
}

/** Reads server-sent events; slowly at times, and begins again where it was, as a browser does. */
export class StreamReader implements Participant {
  /** Last position that it has. */
  position = -1
  readonly #options: ReaderOptions

  constructor(options: ReaderOptions) {
    this.#options = options
  }

  run(gateway: string, signal: AbortSignal): Promise<void> {
    return again(signal, () => this.#connect(gateway, signal))
  }

  #connect(gateway: string, signal: AbortSignal): Promise<void> {
    const { tenant, from } = this.#options
    const isFirst = this.position < 0
    const query = isFirst ? `?from=${from}` : ''
    const last = isFirst ? {} : { 'last-event-id': String(this.position) }
    const url = new URL(`${gateway}${servicePath(tenant)}/events${query}`)
    const headers = { ...bearer(tenant), ...last }
    return new Promise((resolve) => {
      const request = get(url, { headers, agent: false, signal }, (response) => {
        if (response.statusCode === 200) this.#read(response, signal)
        else response.destroy()
      })
      request.on('error', () => undefined) // The gateway is gone, or the reader.
      request.on('close', resolve)
    })
  }

  #read(response: IncomingMessage, signal: AbortSignal): void {
    const { history, from, prng } = this.#options
    const start = this.position < 0 ? from : this.position + 1
    history.append([{ kind: 'opened', from: start }])
    let text = ''
    response.setEncoding('utf8')
    response.on('error', () => undefined)
    response.on('data', (chunk: string) => {
      const events = `${text}${chunk}`.split('\n\n')
      text = events.pop() ?? ''
      this.#take(events)
      // Now and then it hangs up by itself, in the middle of what was being sent.
      if (prng.int(0, 60) === 0) response.destroy()
      else this.#rest(response, signal)
    })
  }

  #take(events: readonly string[]): void {
    const { history } = this.#options
    const clouds = events.flatMap((event): CloudEvent[] => {
      const data = /^id: \d+\nevent: record\ndata: (.*)$/m.exec(event)?.[1]
      return data === undefined ? [] : [JSON.parse(data) as CloudEvent]
    })
    history.append(clouds.map(hadLine))
    const last = clouds.at(-1)
    if (last) this.position = Number(last.position)
  }

  #rest(response: IncomingMessage, signal: AbortSignal): void {
    const { prng, stopsMsMax } = this.#options
    if (stopsMsMax === 0 || prng.int(0, 5) > 0) return
    response.pause()
    void briefly(prng.int(1, stopsMsMax), signal).then(() => response.resume())
  }
}
