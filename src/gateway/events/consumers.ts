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

export type ConsumerOwner = Omit<ConsumerId, 'name'>

/** A name, and where it stands. */
export type ConsumerState = {
  readonly name: string
  /** First position that is not acknowledged. */
  readonly position: number
  readonly isConnected: boolean
}

/** Why a reader loses its name. */
export type ConsumerLoss = 'CONSUMER_TAKEN_OVER' | 'CONSUMER_DELETED'

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
   * Takes the name; whoever has it is told by `onLost` and has it no more. A name that is new
   * begins at `from`, durably: what comes before the first acknowledgement is not lost either.
   * @throws CONSUMERS_TOO_MANY
   */
  take(id: ConsumerId, options: { from: number; onLost: (why: ConsumerLoss) => void }): Consumer
  /**
   * Acknowledges everything before a position, and never moves a name back; one that is new begins
   * there. Gives where the name stands then.
   * @throws CONSUMERS_TOO_MANY
   */
  acknowledge(id: ConsumerId, position: number): ConsumerState
  /** The names of a credential in a service, in their order. */
  list(owner: ConsumerOwner): ConsumerState[]
  /** Forgets the name with its position; whoever has it is told. False where there is none. */
  remove(id: ConsumerId): boolean
}

type Held = { position: number; isConnected: boolean; onLost: (why: ConsumerLoss) => void }
const keyOf = ({ ledger, service, credential, name }: ConsumerId) =>
  JSON.stringify(['consumer', ledger, service, credential, name])

/** Positions in the gateway's database; acknowledgements are written a moment later, together. */
export function createConsumers(
  { consumersMax }: { readonly consumersMax: number },
  { database, later }: { readonly database: DatabaseSync; readonly later: WriteBehind },
): Consumers {
  const held = new Map<string, Held>()
  const sql = statements(database)

  function begin({ ledger, service, credential, name }: ConsumerId, from: number): number {
    const row = sql.find.get(ledger, credential, service, name)
    if (row) return Number(row.position)
    if (Number(sql.count.get(ledger, credential)?.count) >= consumersMax) {
      const message = `This credential has ${consumersMax} consumers already.`
      throw new CodedError('CONSUMERS_TOO_MANY', message)
    }
    sql.insert.run(ledger, service, credential, name, from)
    return from
  }

  /** Whoever acknowledges, and in whichever way: a name never goes back. */
  function advance(mine: Held, { ledger, service, credential, name }: ConsumerId, to: number) {
    mine.position = Math.max(mine.position, to)
    const { position } = mine
    later.set(keyOf({ ledger, service, credential, name }), () =>
      sql.update.run(position, ledger, credential, service, name),
    )
  }

  return {
    take(id, { from, onLost }) {
      const key = keyOf(id)
      const before = held.get(key)
      const position = before?.position ?? begin(id, from)
      const mine: Held = { position, isConnected: true, onLost }
      held.set(key, mine)
      before?.onLost('CONSUMER_TAKEN_OVER')
      const isMine = () => held.get(key) === mine
      return {
        get position() {
          return mine.position
        },
        acknowledge(position) {
          if (isMine()) advance(mine, id, position)
        },
        release() {
          mine.isConnected = false
          // Written first: the next one may ask the database.
          if (isMine() && later.flush()) held.delete(key)
        },
      }
    },
    acknowledge(id, position) {
      const { ledger, service, credential, name } = id
      const mine = held.get(keyOf(id))
      if (mine) {
        advance(mine, id, position)
        return { name, position: mine.position, isConnected: mine.isConnected }
      }
      // Where nobody has the name the next one asks the database, at once.
      const before = begin(id, position)
      if (position > before) sql.update.run(position, ledger, credential, service, name)
      return { name, position: Math.max(before, position), isConnected: false }
    },
    list({ ledger, service, credential }) {
      return sql.list.all(ledger, credential, service).map((row) => {
        const name = String(row.name)
        const known = held.get(keyOf({ ledger, service, credential, name }))
        const position = known?.position ?? Number(row.position)
        return { name, position, isConnected: known?.isConnected ?? false }
      })
    },
    remove(id) {
      const { ledger, service, credential, name } = id
      const key = keyOf(id)
      if (Number(sql.remove.run(ledger, credential, service, name).changes) === 0) return false
      // What waits to be written is of the old name, and would be that of a new one.
      later.set(key, () => {})
      const before = held.get(key)
      held.delete(key)
      before?.onLost('CONSUMER_DELETED')
      return true
    },
  }
}

function statements(database: DatabaseSync) {
  const on = (text: string) => database.prepare(text)
  const one = 'ledger = ? AND credential = ? AND service = ? AND name = ?'
  return {
    find: on(`SELECT position FROM consumers WHERE ${one}`),
    list: on(
      `SELECT name, position FROM consumers
       WHERE ledger = ? AND credential = ? AND service = ? ORDER BY name`,
    ),
    count: on('SELECT count(*) AS count FROM consumers WHERE ledger = ? AND credential = ?'),
    insert: on('INSERT INTO consumers VALUES (?, ?, ?, ?, ?)'),
    update: on(`UPDATE consumers SET position = ? WHERE ${one}`),
    remove: on(`DELETE FROM consumers WHERE ${one}`),
  }
}
