import { CodedError, equalBytes } from '@openbsn/sdk'
import type { Caller } from '../access/access.ts'
import type { Drain } from '../drain.ts'
import type { ServedLedger } from '../served-ledger.ts'
import type { EventOptions } from './event-options.ts'

/** Why a caller may do no more what it was let in for: a code; undefined while it may. */
export type Standing = (served: ServedLedger, caller: Caller) => string | undefined

/** An event stream that is open. */
export type Stream = {
  /** Aborted when it has to end; the reason is the code to tell. */
  readonly signal: AbortSignal
  /** Called regularly, for a sign of life. */
  onBeat: () => void
  /** Ends it for the reason of this code. */
  end(code: string): void
  /** Safe to call twice. */
  close(): void
}

/** All event streams of a gateway: how many there are, and when they have to end. */
export interface Streams {
  readonly count: number
  /** @throws STREAMS_TOO_MANY, GATEWAY_DRAINING */
  open(served: ServedLedger, caller: Caller): Stream
  close(): void
}

export type StreamsDeps = {
  readonly drain: Drain
  readonly standing: Standing
  readonly onCount: (count: number) => void
}

export type StreamsOptions = Pick<
  EventOptions,
  'streamsMax' | 'streamsPerCredentialMax' | 'streamHeartbeatMs' | 'streamRecheckMs'
>

/** All streams of one credential on one ledger. */
type Holder = {
  readonly served: ServedLedger
  readonly caller: Caller
  readonly streams: Set<Stream>
}

/** Where state has not changed, credentials are looked at after so many checks: they expire. */
const checksPerLook = 10

/** Keeps the streams of a gateway; `close`, or the drain, ends them all. */
export function createStreams(options: StreamsOptions, deps: StreamsDeps): Streams {
  const holders = new Map<string, Holder>()
  let count = 0
  const counted = (by: number) => {
    count += by
    deps.onCount(count)
  }

  function open(served: ServedLedger, caller: Caller): Stream {
    if (deps.drain.isDraining) {
      throw new CodedError('GATEWAY_DRAINING', 'The gateway is about to stop.', {
        retryable: true,
      })
    }
    const id = `${served.ledger.id} ${caller.credential}`
    const holder = holders.get(id) ?? { served, caller, streams: new Set() }
    requireRoom(count, options.streamsMax, 'this gateway')
    requireRoom(holder.streams.size, options.streamsPerCredentialMax, 'this credential')
    const controller = new AbortController()
    const stream = {
      signal: controller.signal,
      onBeat: () => {},
      end: (code: string) => controller.abort(code),
      close: () => {
        controller.abort() // Without a code: nobody is left to be told one.
        if (!holder.streams.delete(stream)) return
        if (holder.streams.size === 0) holders.delete(id)
        counted(-1)
      },
    }
    holder.streams.add(stream)
    holders.set(id, holder)
    counted(1)
    return stream
  }

  const every = [...watch(holders, options, deps)]
  const endAll = () => {
    for (const timer of every) clearInterval(timer)
    for (const { streams } of [...holders.values()]) {
      for (const stream of [...streams]) stream.end('GATEWAY_DRAINING')
    }
  }
  deps.drain.signal.addEventListener('abort', endAll, { once: true })
  return {
    get count() {
      return count
    },
    open,
    close: endAll,
  }
}

function requireRoom(now: number, max: number, whose: string): void {
  if (now < max) return
  const message = `${whose} has ${now} event streams open; at most ${max} may be.`
  throw new CodedError('STREAMS_TOO_MANY', message, { retryable: true })
}

function watch(
  holders: ReadonlyMap<string, Holder>,
  { streamHeartbeatMs, streamRecheckMs }: StreamsOptions,
  { standing }: StreamsDeps,
): NodeJS.Timeout[] {
  const roots = new WeakMap<ServedLedger, Uint8Array>()
  let checks = 0
  const hasChanged = (served: ServedLedger) => {
    const before = roots.get(served)
    return !before || !equalBytes(before, served.ledger.head.stateRoot)
  }
  const beat = () => {
    for (const { streams } of holders.values()) for (const stream of streams) stream.onBeat()
  }
  const check = () => {
    const isLook = ++checks % checksPerLook === 0
    const due = [...holders.values()].filter(({ served }) => isLook || hasChanged(served))
    for (const { served, caller, streams } of due) {
      const code = standing(served, caller)
      if (code !== undefined) for (const stream of [...streams]) stream.end(code)
    }
    for (const { served } of due) roots.set(served, served.ledger.head.stateRoot)
  }
  return [setInterval(beat, streamHeartbeatMs), setInterval(check, streamRecheckMs)].map((one) =>
    one.unref(),
  )
}
