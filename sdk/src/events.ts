import { createAcknowledger } from './acknowledger.ts'
import { CodedError, isCodedError } from './errors.ts'
import type { EventsQuery, ServiceEvent, StreamBehind } from './service-event.ts'

/** A stream that was opened, or the error of the gateway. */
export type OpenStream = (path: string, signal: AbortSignal | undefined) => Promise<Response>

export type EventsDeps = {
  readonly open: OpenStream
  /** Keeps the place of a name. */
  readonly acknowledge: (name: string, position: number) => Promise<unknown>
  /** First time until a connection that broke is opened again, in milliseconds. */
  readonly retryDelayMs: number
}

/** Connections that break off are opened again for ever; first after so long. */
const retryMsMax = 30_000
/** A gateway that has nothing to tell says so every 15 s: after so long it is gone. */
const idleMs = 60_000

/**
 * The events of a service, for ever: a connection that breaks is opened again where it was, so
 * nothing is missing and nothing comes twice. Ends by `signal` or `break`.
 * @throws what the gateway refuses for good, such as a revoked credential
 */
export async function* readEvents(
  service: string,
  query: EventsQuery,
  deps: EventsDeps,
): AsyncGenerator<ServiceEvent, void, undefined> {
  const { consumer } = query
  if (consumer === undefined) return yield* connected(service, query, deps)
  const place = createAcknowledger((position) => deps.acknowledge(consumer, position))
  try {
    for await (const event of connected(service, query, deps)) {
      yield event
      place.handled(Number(event.position) + 1)
    }
  } finally {
    await place.end()
  }
}

/** Over all connections. */
async function* connected(
  service: string,
  { from, signal, onBehind, ...filter }: EventsQuery,
  { open, retryDelayMs }: EventsDeps,
): AsyncGenerator<ServiceEvent, void, undefined> {
  const reader: Reader = { next: from, handed: 0, failures: 0, onBehind }
  while (!signal?.aborted) {
    try {
      const path = pathOf(service, { from: reader.next, ...filter })
      yield* eventsOf(await open(path, signal), service, reader)
    } catch (error) {
      if (signal?.aborted) return
      if (!isCodedError(error) || !error.retryable) throw error
    }
    const doubled = retryDelayMs * 2 ** Math.min(reader.failures++, 20)
    await sleep(Math.min(retryMsMax, doubled), signal)
  }
}

/** Where a reader is, over all its connections. */
type Reader = {
  next: number | undefined
  /** Behind the last event that was handed out. */
  handed: number
  failures: number
  readonly onBehind: EventsQuery['onBehind']
}

async function* eventsOf(response: Response, service: string, reader: Reader) {
  for await (const frame of framesOf(response)) {
    reader.failures = 0
    const after = frame.id === undefined ? undefined : Number(frame.id) + 1
    // Known before it is handed out: who breaks off here has it.
    if (after !== undefined) reader.next = Math.max(after, reader.handed)
    if (frame.data === undefined) continue
    // A name goes on where it was acknowledged: what was handed out since does not come twice.
    if (after !== undefined && after <= reader.handed) continue
    reader.handed = after ?? reader.handed
    if (frame.name === 'behind') reader.onBehind?.(parse<StreamBehind>(frame.data))
    else yield eventOf(frame.name, frame.data, service)
  }
}

function pathOf(service: string, query: Record<string, string | number | undefined>): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined)
  const text = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString()
  return `/services/${encodeURIComponent(service)}/events${text === '' ? '' : `?${text}`}`
}

/** The code that ends a stream and passes by itself. */
const passing = 'GATEWAY_DRAINING'

function eventOf(name: string | undefined, data: string, service: string): ServiceEvent {
  if (name !== 'end') return parse<ServiceEvent>(data)
  const { code } = parse<{ readonly code: string }>(data)
  const retryable = code === passing
  throw new CodedError(code, `The gateway ended the events of ${service}: ${code}.`, { retryable })
}

type Frame = {
  readonly id: string | undefined
  readonly name: string | undefined
  readonly data: string | undefined
}

/** Frames as the HTML standard (section 9.2) has them; comments are frames with nothing. */
async function* framesOf(response: Response): AsyncGenerator<Frame> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  try {
    while (reader) {
      const idle = setTimeout(() => void reader.cancel().catch(() => undefined), idleMs)
      const { value, done } = await reader.read().finally(() => clearTimeout(idle))
      if (done) return
      text += value
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      yield* blocks.map(frameOf)
    }
  } catch (cause) {
    throw new CodedError('GATEWAY_UNREACHABLE', 'The stream broke off.', { retryable: true, cause })
  } finally {
    reader?.cancel().catch(() => undefined)
  }
}

function frameOf(block: string): Frame {
  const lines = block.split('\n')
  const of = (name: string) =>
    lines.flatMap((line) => (line.startsWith(`${name}: `) ? [line.slice(name.length + 2)] : []))
  const [data] = of('data')
  return { id: of('id')[0], name: of('event')[0], data }
}

function parse<T>(text: string): T {
  try {
    return JSON.parse(text) as T
  } catch (cause) {
    throw new CodedError('GATEWAY_ANSWER_INVALID', 'An event is no JSON.', { cause })
  }
}

function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal?.addEventListener('abort', done)
    if (signal?.aborted) done()
  })
}
