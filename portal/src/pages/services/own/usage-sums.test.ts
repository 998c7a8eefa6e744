import assert from 'node:assert/strict'
import { it } from 'node:test'
import { forecast, lastDays, levelOf, sumByCredential, sumByDay } from './usage-sums.ts'

const row = (credential: string, day: string, entries: number) => {
  return { service: 'flights', credential, day, entries, bytes: entries * 100 }
}
const rows = [
  row('desk', '2026-02-28', 3),
  row('desk', '2026-03-01', 1),
  row('gate', '2026-03-01', 9),
]
const noon = Date.UTC(2026, 2, 1, 12) / 1000

it('usage is added up for each day, also those with none', () => {
  const days = lastDays(noon, 3)
  assert.deepEqual(days, ['2026-02-27', '2026-02-28', '2026-03-01'])
  const sums = sumByDay(rows, days).map(({ entries, bytes }) => [entries, bytes])
  assert.deepEqual(sums, [
    [0, 0],
    [3, 300],
    [10, 1000],
  ])
})

it('and for each credential, whoever wrote most first', () => {
  assert.deepEqual(sumByCredential(rows, '2026-03-01'), [
    { credential: 'gate', entries: 9, bytes: 900, today: 9 },
    { credential: 'desk', entries: 4, bytes: 400, today: 1 },
  ])
})

it('a limit is near from 80 % on, and a day goes on at its pace', () => {
  assert.deepEqual(
    [79, 80, 99, 100, 101].map((used) => levelOf(used, 100)),
    ['free', 'near', 'near', 'reached', 'reached'],
  )
  assert.equal(forecast(50, noon), 100)
  assert.equal(forecast(50, noon - 43_200 + 1), 50)
})
