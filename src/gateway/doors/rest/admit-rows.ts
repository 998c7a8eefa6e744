import type { Call, Framework } from '../../../frameworks/framework.ts'

/** The limit of whoever sent the rows. The request itself was counted as one of them. */
export type RowLimit = {
  left(): number
  /** How many of so many are granted; they are counted. */
  takeMore(count: number): number
}

/** Looking up a row takes some 10 µs: after so many, others have their turn. */
const looksAtOnceMax = 256

/**
 * Which rows of a request may go on, by what the limit allows. Where it does not allow all, those
 * that are registered already are free: else a batch that is larger than the limit would use it up
 * with the same first rows however often it is sent, and never come to its end. Such rows are at
 * most a batch for each request, and a request costs one.
 */
export async function admitRows(
  calls: readonly Call[],
  framework: Pick<Framework, 'status'>,
  limit: RowLimit,
): Promise<(row: number) => boolean> {
  const more = calls.length - 1
  if (more === 0) return () => true
  if (more <= limit.left()) {
    const allowed = 1 + limit.takeMore(more)
    return (row) => row < allowed
  }
  const repeats = await repeatsAmong(calls, framework)
  const fresh = calls.length - repeats.size
  let allowed = fresh === 0 ? 0 : 1 + limit.takeMore(fresh - 1)
  const isIn = calls.map((_, row) => repeats.has(row) || allowed-- > 0)
  return (row) => isIn[row] === true
}

async function repeatsAmong(
  calls: readonly Call[],
  framework: Pick<Framework, 'status'>,
): Promise<ReadonlySet<number>> {
  const repeats = new Set<number>()
  for (const [row, call] of calls.entries()) {
    if ((await framework.status(call)).state === 'committed') repeats.add(row)
    if ((row + 1) % looksAtOnceMax === 0) await new Promise((done) => setImmediate(done))
  }
  return repeats
}
