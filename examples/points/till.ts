import { isCodedError, type NewRecord, type Records } from '@openbsn/sdk'
import { wholeHistory } from '../history.ts'

/** One record of a customer's points. `order` is the shop's own number for the purchase. */
export type Move = {
  readonly kind: 'earn' | 'spend'
  readonly points: number
  readonly order: string
}

/** Listed by precedence: what became of a move. */
export type MoveOutcome = 'known' | 'declined' | 'registered'

/**
 * The one writer of a shop's points. The ledger keeps what is registered, in order, for ever; that
 * nobody spends what is not there is decided here, where one move is made after the other.
 */
export interface Till {
  /** Registers a move once, however often it is asked for; a spend only where points are left. */
  move(customer: string, move: Move): Promise<MoveOutcome>
  /** Counted from the whole history, nothing is stored beside it. */
  balance(customer: string): Promise<number>
}

type Write = { readonly record: NewRecord; readonly idempotencyKey: string }

/** One for each shop: two of them would not know of each other's moves in time. */
export function createTill(records: Records): Till {
  let queue: Promise<unknown> = Promise.resolve()
  /** Sent, and not known whether it is registered: nothing is decided before that is. */
  let unsettled: Write | undefined
  let written = -1

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = queue.then(work, work)
    queue = turn.catch(() => undefined)
    return turn
  }

  /** Sent again with its key a write has no second effect, so this is safe at any time. */
  async function settle(): Promise<void> {
    if (!unsettled) return
    const { record, idempotencyKey } = unsettled
    try {
      written = (await records.put(record, { idempotencyKey })).index
    } catch (error) {
      if (isCodedError(error) && error.retryable) throw error
      unsettled = undefined // Refused: it has no effect, and will have none.
      throw error
    }
    unsettled = undefined
  }

  async function moves(customer: string): Promise<Move[]> {
    // Lists that have not seen the last move are no ground to decide on.
    const history = await wholeHistory(records, { key: keyOf(customer), upTo: written })
    return history.map(({ value }) => value as Move)
  }

  async function decide(customer: string, move: Move): Promise<MoveOutcome> {
    await settle()
    const before = await moves(customer)
    if (before.some(({ kind, order }) => kind === move.kind && order === move.order)) return 'known'
    if (move.kind === 'spend' && balanceOf(before) < move.points) return 'declined'
    const idempotencyKey = `${customer}/${move.kind}/${move.order}`
    unsettled = { record: { key: keyOf(customer), value: move }, idempotencyKey }
    await settle()
    return 'registered'
  }

  return {
    move: (customer, move) => inTurn(() => decide(customer, move)),
    balance: (customer) => inTurn(async () => balanceOf(await moves(customer))),
  }
}

const keyOf = (customer: string) => `customer/${customer}`

/** What moves leave. */
export function balanceOf(moves: readonly Move[]): number {
  return moves.reduce((sum, { kind, points }) => sum + (kind === 'earn' ? points : -points), 0)
}
