import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../../kernel/clock.ts'
import type { WriteBehind } from '../write-behind.ts'
import type { Asker, LogPlace } from './logged-request.ts'

/** When each credential of a service was used last at this gateway, in seconds since 1970. */
export interface LastUsed {
  /** Whether it was let in or not: whoever has its key has used it. */
  note(asker: Asker): void
  of(place: Pick<LogPlace, 'ledger' | 'service'>): ReadonlyMap<string, number>
}

export type LastUsedDeps = {
  readonly database: DatabaseSync
  readonly clock: Clock
  readonly later: WriteBehind
}

/** On disk it is as exact as this: a crash takes back no more, and requests cost no row each. */
const keptEverySeconds = 60

type Use = { readonly ledger: string; readonly service: string; at: number; kept: number }

export function createLastUsed({ database, clock, later }: LastUsedDeps): LastUsed {
  const put = database.prepare(
    `INSERT INTO credential_use (ledger, credential, service, at) VALUES (?, ?, ?, ?)
     ON CONFLICT (ledger, credential) DO UPDATE SET at = max(at, excluded.at)`,
  )
  const list = database.prepare(
    'SELECT credential, at FROM credential_use WHERE ledger = ? AND service = ?',
  )
  /** By ledger and credential. There are no more than the ledgers have. */
  const uses = new Map<string, Map<string, Use>>()

  function useOf({ served: { ledger }, caller: { credential, service } }: Asker): Use {
    const own = uses.get(ledger.id) ?? new Map<string, Use>()
    uses.set(ledger.id, own)
    const use = own.get(credential) ?? { ledger: ledger.id, service, at: 0, kept: 0 }
    own.set(credential, use)
    return use
  }

  return {
    note(asker) {
      const use = useOf(asker)
      use.at = clock.nowSeconds()
      if (use.at - use.kept < keptEverySeconds) return
      use.kept = use.at
      const { credential } = asker.caller
      const { ledger, service } = use
      later.set(`used ${ledger} ${credential}`, () => put.run(ledger, credential, service, use.at))
    },
    of({ ledger, service }) {
      later.flush()
      const rows = list.all(ledger, service)
      const found = new Map(rows.map(({ credential, at }) => [String(credential), Number(at)]))
      for (const [credential, use] of uses.get(ledger) ?? []) {
        if (use.service === service) found.set(credential, use.at)
      }
      return found
    },
  }
}
