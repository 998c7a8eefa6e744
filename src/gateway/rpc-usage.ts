import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../kernel/clock.ts'
import type { Holder } from './access/access.ts'
import type { WriteBehind } from './write-behind.ts'

export type RpcUsageDeps = {
  readonly database: DatabaseSync
  readonly later: WriteBehind
  readonly clock: Clock
}

/** What a credential did through this gateway in one day. */
export type RpcDay = {
  calls: number
  /** Calls by what each costs. */
  cost: number
  transactions: number
}

/**
 * Meters JSON-RPC by credential and day (UTC), at this gateway. A crash loses a second.
 */
export interface RpcUsage {
  add(holder: Holder, more: RpcDay): void
  /** So far today. */
  today(holder: Holder): Readonly<RpcDay>
  /** Until the day is over. */
  readonly secondsLeft: number
  /** Sums by service and credential of one ledger, at most 1,000 of them. */
  sums(ledger: string, filter: RpcFilter): readonly RpcSum[]
}

/** Days since 1970; `toDay` is the day after the last one. */
export type RpcFilter = {
  readonly service?: string | undefined
  readonly credential?: string | undefined
  readonly fromDay: number
  readonly toDay: number
}

export type RpcSum = Readonly<RpcDay> & { readonly service: string; readonly credential: string }

const daySeconds = 86_400

export function createRpcUsage({ database, later, clock }: RpcUsageDeps): RpcUsage {
  const find = database.prepare(
    `SELECT calls, cost, transactions FROM rpc_usage
     WHERE ledger = ? AND credential = ? AND day = ? AND service = ?`,
  )
  const store = database.prepare(
    `INSERT OR REPLACE INTO rpc_usage (ledger, credential, day, service, calls, cost, transactions)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  )
  const sum = database.prepare(
    `SELECT service, credential, SUM(calls) AS calls, SUM(cost) AS cost,
       SUM(transactions) AS transactions
     FROM rpc_usage
     WHERE ledger = ? AND day >= ? AND day < ? AND service = ifnull(?, service)
       AND credential = ifnull(?, credential)
     GROUP BY service, credential ORDER BY service, credential LIMIT 1000`,
  )
  const dayNow = () => Math.floor(clock.nowSeconds() / daySeconds)
  let [day, rows] = [dayNow(), new Map<string, RpcDay>()]

  function rowOf({ served, caller }: Holder) {
    const today = dayNow()
    if (today !== day) [day, rows] = [today, new Map()]
    const place = [served.ledger.id, caller.credential, day, caller.service] as const
    const key = place.join(' ')
    const row = rows.get(key) ?? rowIn(find.get(...place))
    rows.set(key, row)
    return { key, place, row }
  }

  return {
    add(holder, { calls, cost, transactions }) {
      const { key, place, row } = rowOf(holder)
      row.calls += calls
      row.cost += cost
      row.transactions += transactions
      later.set(key, () => store.run(...place, row.calls, row.cost, row.transactions))
    },
    today: (holder) => rowOf(holder).row,
    sums(ledger, { fromDay, toDay, service = null, credential = null }) {
      later.flush()
      const rows = sum.all(ledger, fromDay, toDay, service, credential)
      return rows.map((row) => ({
        service: String(row.service),
        credential: String(row.credential),
        ...rowIn(row),
      }))
    },
    get secondsLeft() {
      return daySeconds - (clock.nowSeconds() % daySeconds)
    },
  }
}

function rowIn(found: Record<string, unknown> | undefined): RpcDay {
  const { calls = 0, cost = 0, transactions = 0 } = found ?? {}
  return { calls: Number(calls), cost: Number(cost), transactions: Number(transactions) }
}
