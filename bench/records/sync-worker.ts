import { closeSync, openSync, rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { type Percentiles, percentilesOf } from '../load/latencies.ts'
import { syncPage } from '../load/sync-page.ts'

/** A file that is written until a message comes. */
export type SyncJob = { readonly path: string }

/** What a bare disk did meanwhile. */
export type DiskWatch = {
  /** Milliseconds that the sync under way still took, of all moments. */
  readonly waits: Percentiles
  /** When a sync took longer than a load explains, from and to, in milliseconds since 1970. */
  readonly stalls: readonly (readonly [from: number, to: number])[]
}

/** A sync of one page beside a load takes a millisecond; this is the disk's own doing. */
const stallMs = 20
/** Between two syncs, so that the probe takes little of the disk. */
const pauseMs = 5

/**
 * Writes and syncs one page again and again, and says for all milliseconds how long the sync that
 * was under way still took: a commit that began then took no less.
 */
async function probe({ path }: SyncJob): Promise<DiskWatch> {
  const file = openSync(path, 'w')
  let isStopped = false
  parentPort?.once('message', () => {
    isStopped = true
  })
  const waits: number[] = []
  const stalls: [number, number][] = []
  for (let turn = 0; !isStopped; turn++) {
    const tookMs = syncPage(file, turn)
    if (tookMs > stallMs) {
      const endMs = performance.timeOrigin + performance.now()
      stalls.push([endMs - tookMs, endMs])
    }
    for (let lateMs = 0; lateMs < tookMs; lateMs++) waits.push(tookMs - lateMs)
    for (let i = 0; i < pauseMs; i++) waits.push(0)
    await pause(pauseMs)
  }
  closeSync(file)
  rmSync(path)
  return { waits: percentilesOf(waits), stalls }
}

parentPort?.postMessage(await probe(workerData as SyncJob))
