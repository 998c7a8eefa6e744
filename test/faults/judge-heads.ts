import assert from 'node:assert/strict'
import { type CheckpointAnswer, toHex } from '@openbsn/sdk'
import type { SeenLog } from './seen-log.ts'

/**
 * Every head that was ever shown is one of the log as it is now (P10): its root is that over the
 * entries which the judge read himself, and none went back. In the order in which they were seen.
 */
export function judgeHeads(log: SeenLog, heads: readonly CheckpointAnswer[]): void {
  let before: CheckpointAnswer | undefined
  for (const head of heads) {
    const { height, size, time, logRoot } = head
    const what = `height ${height}, size ${size}, time ${time}`
    const isLater =
      !before || (height >= before.height && size >= before.size && time >= before.time)
    assert.ok(isLater, `${what} after ${before?.height}, ${before?.size}, ${before?.time}`)
    assert.ok(size <= log.size, `${what}: the log has ${log.size} entries`)
    const root = toHex(log.root(size))
    assert.equal(logRoot, root, `${what}: another root than that of the entries`)
    before = head
  }
}
