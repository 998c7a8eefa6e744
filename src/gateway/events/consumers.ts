import type { DatabaseSync } from 'node:sqlite'
import { CodedError } from '@openbsn/sdk'
import type { WriteBehind } from '../write-behind.ts'

/** A reader with a name; its acknowledged position outlives connection and process. */
export type ConsumerId = {
  readonly ledger: string
  readonly service: string
  readonly credential: string
  readonly name: string
}

/** The reader that is connected under the name. */
export interface Consumer {
  /** First position that is not acknowledged. */
  readonly position: number
  acknowledge(position: number): void
  /** The name is free for another one. */
  release(): void
}

export interface Consumers {
  /**
   * Takes the name; whoever has it is told by `onTaken` and has it no more. A name that is new
   * begins at `from`, durably: what comes before the first acknowledgement is not lost either.
   * @throws CONSUMERS_TOO_MANY
   */
  take(id: ConsumerId, options: { from: number; onTaken: () => void }): Consumer
}

type Held = { position: number; onTaken: () => void }

/** Positions in the gateway's database; acknowledgements are written a moment later, together. */
export function createConsumers(
  { consumersMax }: { readonly consumersMax: number },
  { database, later }: { readonly database: DatabaseSync; readonly later: WriteBehind },
): Consumers {
  const held = new Map<string, Held>()
  const find = database.prepare(
    `SELECT position FROM consumers
     WHERE ledger = ? AND credential = ? AND service = ? AND name = ?`,
  )
  const count = database.prepare(
    'SELECT count(*) AS count FROM consumers WHERE ledger = ? AND credential = ?',
  )
  const insert = database.prepare('INSERT INTO consumers VALUES (?, ?, ?, ?, ?)')
  const update = database.prepare(
    `UPDATE consumers SET position = ?
     WHERE ledger = ? AND credential = ? AND service = ? AND name = ?`,
  )

  function begin({ ledger, service, credential, name }: ConsumerId, from: number): number {
    const row = find.get(ledger, credential, service, name)
    if (row) return Number(row.position)
    if (Number(count.get(ledger, credential)?.count) >= consumersMax) {
      const message = `This credential has ${consumersMax} consumers already.`
      throw new CodedError('CONSUMERS_TOO_MANY', message)
    }
    insert.run(ledger, service, credential, name, from)
    return from
  }

  return {
    take(id, { from, onTaken }) {
      const { ledger, service, credential, name } = id
      const key = JSON.stringify(['consumer', ledger, service, credential, name])
      const before = held.get(key)
      const mine: Held = { position: before?.position ?? begin(id, from), onTaken }
      held.set(key, mine)
      before?.onTaken()
      const isMine = () => held.get(key) === mine
      return {
        get position() {
          return mine.position
        },
        acknowledge(position) {
          if (!isMine()) return
          mine.position = position
          later.set(key, () => update.run(position, ledger, credential, service, name))
        },
        release() {
          // Written first: the next one may ask the database.
          if (isMine() && later.flush()) held.delete(key)
        },
      }
    },
  }
}
