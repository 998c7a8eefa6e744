import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { Owner } from '../../fabric-users/user-store.ts'
import type { WriteBehind } from '../../write-behind.ts'

/** What an application wants to be told of: events of contracts, or blocks. */
export type Registration = Owner & {
  readonly id: string
  readonly service: string
  readonly userCode: string
  readonly kind: 'contract' | 'block'
  /** Empty for blocks, as is the key. */
  readonly contract: string
  readonly eventKey: string
  readonly url: string
  /** Comes back with each notification. */
  readonly attached: string
  /** Seconds since 1970. */
  readonly created: number
  /** The block that is next. */
  readonly position: number
}

/** Who is told of what. What returns is on disk, but for positions. */
export interface EventStore {
  add(registration: Registration): void
  /** Oldest first. */
  ofOwner(owner: Owner): Registration[]
  ofLedger(ledger: string): Registration[]
  remove(id: string): void
  /** May be lost: then what came since is told again. */
  reached(id: string, position: number): void
}

export function createEventStore(
  database: DatabaseSync,
  { later }: { readonly later: WriteBehind },
): EventStore {
  const on = (sql: string) => database.prepare(sql)
  const add = on('INSERT INTO bsn_events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const order = 'ORDER BY created, rowid'
  const ofOwner = on(`SELECT * FROM bsn_events WHERE ledger = ? AND application = ? ${order}`)
  const ofLedger = on(`SELECT * FROM bsn_events WHERE ledger = ? ${order}`)
  const remove = on('DELETE FROM bsn_events WHERE id = ?')
  const reached = on('UPDATE bsn_events SET position = ? WHERE id = ?')
  return {
    add(one) {
      const { id, ledger, service, application, userCode, kind, contract, eventKey } = one
      const { url, attached, created, position } = one
      const whose = [id, ledger, service, application, userCode] as const
      add.run(...whose, kind, contract, eventKey, url, attached, created, position)
    },
    ofOwner: ({ ledger, application }) => ofOwner.all(ledger, application).map(registrationOf),
    ofLedger: (ledger) => ofLedger.all(ledger).map(registrationOf),
    remove: (id) => void remove.run(id),
    reached: (id, position) => later.set(id, () => reached.run(position, id)),
  }
}

function registrationOf(row: Record<string, SQLOutputValue>): Registration {
  const text = (name: string) => String(row[name])
  return {
    ...{ id: text('id'), ledger: text('ledger'), application: text('application') },
    ...{ service: text('service'), userCode: text('user_code'), contract: text('contract') },
    ...{ eventKey: text('event_key'), url: text('url'), attached: text('attached') },
    kind: row.kind === 'block' ? 'block' : 'contract',
    created: Number(row.created),
    position: Number(row.position),
  }
}
