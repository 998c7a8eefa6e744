import { execFile } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { syncPage } from './sync-page.ts'

/** A sync of one page on an idle disk takes a millisecond or less; longer is somebody's work. */
const busyMs = 20
/** How long it must have been idle, and how long we wait for that at most. */
const [idleMs, mostMs] = [500, 30_000]

/**
 * Brings to disk what the measurements before have written and deleted, and waits, at most half as
 * long as what is to be measured takes and half a minute, until a sync in this folder is quick
 * again: a load is not to pay for their leftovers.
 */
export async function settleDisk(folder: string, measuredSeconds: number): Promise<void> {
  const untilMs = Math.min(mostMs, measuredSeconds * 500)
  // With whole folders deleted, a file system also discards their blocks, in the next commits.
  await promisify(execFile)('sync')
  const own = mkdtempSync(join(folder, 'settle-'))
  const file = openSync(join(own, 'page'), 'w')
  const startMs = performance.now()
  let [nowMs, lastBusyMs] = [startMs, startMs]
  while (nowMs - lastBusyMs < idleMs && nowMs - startMs < untilMs) {
    const tookMs = syncPage(file, 1)
    nowMs = performance.now()
    if (tookMs > busyMs) lastBusyMs = nowMs
  }
  closeSync(file)
  rmSync(own, { recursive: true })
}
