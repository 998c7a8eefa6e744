import type { ServerResponse } from 'node:http'
import type { EventFilter, LedgerEvent } from '../../frameworks/framework.ts'
import { cloudEvent } from './cloud-event.ts'
import type { EventFeed } from './event-feed.ts'
import type { EventOptions } from './event-options.ts'
import type { Stream } from './streams.ts'

export type SseOptions = Pick<EventOptions, 'streamStallMs' | 'streamBehindMin'> & {
  readonly ledger: string
  readonly service: string
  readonly from: number
  readonly filter: EventFilter
}

export type SseDeps = {
  readonly response: ServerResponse
  readonly feed: EventFeed
  readonly stream: Stream
}

/** A reader comes back after so long, by itself. */
const retryMs = 2000
/** One write: so much may lie in the buffer of a connection that takes nothing. */
const pieceBytesMin = 64 * 1024
/** The last word to a reader that is stuck has so long to be taken. */
const farewellMs = 2000

/**
 * Sends a service's events to one client until it goes or the stream has to end. It reads on only
 * when the connection has taken what was sent, so nothing is ever left out.
 */
export async function runSse(options: SseOptions, { response, feed, stream }: SseDeps) {
  const { ledger, service, filter } = options
  const out = new SseWriter(response, options, { feed, stream })
  out.position = options.from
  // Where it stands, also for one that has got nothing yet when its connection breaks.
  const begin = options.from > 0 ? `id: ${options.from - 1}\n` : ''
  response.write(`retry: ${retryMs}\n${begin}\n`)
  while (!stream.signal.aborted) {
    const wanted = { service, from: out.position, filter, signal: stream.signal }
    const { events, next } = await feed.next(wanted)
    for (const piece of piecesOf(events, ledger)) {
      if (stream.signal.aborted) break
      await out.write(piece)
    }
    if (!stream.signal.aborted) out.position = next
  }
  const code = String(stream.signal.reason)
  stream.close()
  if (response.writableEnded || response.destroyed) return
  response.end(`event: end\ndata: ${JSON.stringify({ code })}\n\n`)
  destroySoon(response)
}

/** One that takes nothing any more would stay for ever. */
function destroySoon(response: ServerResponse): void {
  setTimeout(() => {
    if (!response.writableFinished) response.destroy()
  }, farewellMs).unref()
}

type Piece = { readonly text: string; readonly next: number }

function* piecesOf(events: readonly LedgerEvent[], ledger: string): Generator<Piece> {
  let text = ''
  for (const event of events) {
    const { position, type } = event
    text += `id: ${position}\nevent: ${type}\ndata: ${cloudEvent(event, ledger)}\n\n`
    if (text.length < pieceBytesMin && event !== events.at(-1)) continue
    yield { text, next: position + 1 }
    text = ''
  }
}

class SseWriter {
  /** Where the reader goes on. */
  position = 0
  readonly #response: ServerResponse
  readonly #options: SseOptions
  readonly #deps: Pick<SseDeps, 'feed' | 'stream'>
  #isToldBehind = false

  constructor(
    response: ServerResponse,
    options: SseOptions,
    deps: Pick<SseDeps, 'feed' | 'stream'>,
  ) {
    this.#response = response
    this.#options = options
    this.#deps = deps
    deps.stream.onBeat = () => {
      if (!response.writableNeedDrain && !response.writableEnded) response.write(':\n\n')
    }
    response.once('close', () => deps.stream.close())
    // Counted from the last byte that the connection took, by Node itself.
    response.setTimeout(options.streamStallMs, () => this.#onStall())
  }

  /** Settles when the connection has room again, or the stream has to end. */
  async write({ text, next }: Piece): Promise<void> {
    this.position = next
    if (this.#response.write(text)) return
    await drained(this.#response, this.#deps.stream.signal)
    const lag = this.#deps.feed.head(this.#options.service) - this.position
    if (lag < this.#options.streamBehindMin) this.#isToldBehind = false
    else if (!this.#isToldBehind && !this.#response.writableEnded) {
      this.#isToldBehind = true
      this.#response.write(this.#behind())
    }
  }

  #behind(): string {
    const head = this.#deps.feed.head(this.#options.service)
    const told = { position: this.position, head }
    return `event: behind\ndata: ${JSON.stringify(told)}\n\n`
  }

  /** Nothing was taken for long: whoever it is resumes where it was. */
  #onStall(): void {
    if (this.#response.writableEnded || !this.#response.writableNeedDrain) return
    this.#response.end(this.#behind())
    this.#deps.stream.close()
    destroySoon(this.#response)
  }
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    response.once('drain', done)
    signal.addEventListener('abort', done, { once: true })
  })
}
