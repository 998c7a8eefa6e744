import type { MoveKind, MoveOrder } from '../move.ts'

/** An order that was given, and of which it is not known yet what became of it. */
export type OpenOrder = {
  readonly kind: MoveKind
  /** The Idempotency-Key: however often it is sent, it has one effect. */
  readonly key: string
  readonly order: MoveOrder
}

/** What became of an order. */
export type Fate =
  | { readonly state: 'done'; readonly isRepeat: boolean }
  | { readonly state: 'refused'; readonly code: string; readonly detail: string }

export type OutboxEvents = {
  /** It is on its way; again, where an earlier page did not hear what became of it. */
  onSend(open: OpenOrder): void
  /** Nobody knows what became of it: it is sent again by itself. */
  onUnknown(open: OpenOrder): void
  onFate(open: OpenOrder, fate: Fate): void
}

export interface Outbox {
  add(kind: MoveKind, order: MoveOrder): void
  /** Sends what waits at once: somebody answers again. */
  hurry(): void
}

const [pauseMs, pauseMsMax, answerMs] = [1000, 15_000, 60_000]
/** Whoever answers one of these says nothing about what became of the order. */
const unknown = [429, 502, 503, 504]
/** Nor does one of these about an order that may have come through before. */
const unknownLater = [...unknown, 401, 403, 404, 500]

/**
 * Sends orders until it is known what became of them. Each is kept with its key in the browser's
 * storage before it is sent, so neither a lost answer nor a closed page loses or doubles one.
 */
export function createOutbox(service: string, events: OutboxEvents): Outbox {
  const prefix = `order/${service}/`
  let wake = new AbortController()

  async function send(open: OpenOrder, wasSent: boolean): Promise<void> {
    events.onSend(open)
    for (let tries = 0; ; tries++) {
      const fate = await attempt(open, wasSent || tries > 0 ? unknownLater : unknown)
      if (fate) {
        localStorage.removeItem(prefix + open.key)
        events.onFate(open, fate)
        return
      }
      events.onUnknown(open)
      await pause(Math.min(pauseMsMax, pauseMs * 2 ** Math.min(tries, 10)), wake.signal)
    }
  }

  for (const name of Object.keys(localStorage)) {
    const open = name.startsWith(prefix) ? read(localStorage.getItem(name)) : undefined
    if (open) void send(open, true)
  }
  return {
    add(kind, order) {
      const open = { kind, key: crypto.randomUUID(), order }
      keep(prefix + open.key, open)
      void send(open, false)
    },
    hurry() {
      wake.abort()
      wake = new AbortController()
    },
  }
}

/** A browser that stores nothing still has the order while the page is open. */
function keep(name: string, open: OpenOrder): void {
  try {
    localStorage.setItem(name, JSON.stringify(open))
  } catch (error) {
    console.warn('This order is not kept beyond the page.', error)
  }
}

function read(text: string | null): OpenOrder | undefined {
  try {
    return JSON.parse(text ?? '') as OpenOrder
  } catch {
    return undefined
  }
}

/** Undefined where it is not known what became of it. */
async function attempt(
  { kind, key, order }: OpenOrder,
  unknown: readonly number[],
): Promise<Fate | undefined> {
  try {
    const response = await fetch(`/${kind}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(order),
      signal: AbortSignal.timeout(answerMs),
    })
    if (unknown.includes(response.status)) return undefined
    const { isRepeat = false, code = '', detail = '' } = await response.json()
    return response.ok ? { state: 'done', isRepeat } : { state: 'refused', code, detail }
  } catch {
    return undefined
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
