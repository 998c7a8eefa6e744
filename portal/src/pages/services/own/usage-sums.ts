import type { UsageRow } from '@openbsn/sdk'

/** What usage comes to, by day and by credential. Days are as the API has them: 2026-11-25. */

const dayMs = 86_400_000

export const dayOf = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().slice(0, 10)

/** So many days up to and with the one of `seconds`, the first one first. */
export function lastDays(seconds: number, count: number): readonly string[] {
  const end = Math.floor((seconds * 1000) / dayMs)
  return Array.from({ length: count }, (_, i) => dayOf(((end - count + 1 + i) * dayMs) / 1000))
}

export type DaySum = { readonly day: string; readonly entries: number; readonly bytes: number }

/** Every day of the list, those without anything too. */
export function sumByDay(rows: readonly UsageRow[], days: readonly string[]): readonly DaySum[] {
  return days.map((day) => {
    const own = rows.filter((row) => row.day === day)
    return { day, ...sumOf(own) }
  })
}

export type CredentialSum = {
  readonly credential: string
  readonly entries: number
  readonly bytes: number
  /** Entries of the last day. */
  readonly today: number
}

/** Those who wrote, most first. */
export function sumByCredential(
  rows: readonly UsageRow[],
  today: string,
): readonly CredentialSum[] {
  const names = [...new Set(rows.map(({ credential }) => credential))]
  const sums = names.map((credential) => {
    const own = rows.filter((row) => row.credential === credential)
    const { entries } = sumOf(own.filter(({ day }) => day === today))
    return { credential, ...sumOf(own), today: entries }
  })
  return sums.toSorted((a, b) => b.entries - a.entries || (a.credential < b.credential ? -1 : 1))
}

function sumOf(rows: readonly UsageRow[]) {
  const add = (name: 'entries' | 'bytes') => rows.reduce((sum, row) => sum + row[name], 0)
  return { entries: add('entries'), bytes: add('bytes') }
}

/** How near a limit is: said from 80 % on. */
export function levelOf(used: number, limit: number): 'free' | 'near' | 'reached' {
  if (used >= limit) return 'reached'
  return used >= limit * 0.8 ? 'near' : 'free'
}

/** What a day comes to at the pace that it has had so far. */
export function forecast(used: number, seconds: number): number {
  const passed = seconds % 86_400
  return passed < 60 ? used : Math.round((used * 86_400) / passed)
}
