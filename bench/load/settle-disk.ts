import { execFile } from 'node:child_process'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

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
  const own = await mkdtemp(join(folder, 'settle-'))
  const file = await open(join(own, 'page'), 'w')
  const startMs = performance.now()
  let lastBusyMs = startMs
  for (let nowMs = startMs; nowMs - lastBusyMs < idleMs && nowMs - startMs < untilMs; ) {
    await file.write(Buffer.alloc(4096, 1), 0, 4096, 0)
    await file.datasync()
    const endMs = performance.now()
    if (endMs - nowMs > busyMs) lastBusyMs = endMs
    nowMs = endMs
  }
  await file.close()
  await rm(own, { recursive: true })
}
