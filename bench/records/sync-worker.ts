import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { type Percentiles, percentilesOf } from '../load/latencies.ts'

/** A file that is written until a message comes. */
export type SyncJob = { readonly path: string }

/** Between two syncs, so that the probe takes little of the disk. */
const pauseMs = 5

/**
 * Writes and syncs one page again and again, and says for all milliseconds how long the sync that
 * was under way still took: a commit that began then took no less.
 */
async function probe({ path }: SyncJob): Promise<Percentiles> {
  const file = openSync(path, 'w')
  let isStopped = false
  parentPort?.once('message', () => {
    isStopped = true
  })
  const waits: number[] = []
  for (let turn = 0; !isStopped; turn++) {
    const startMs = performance.now()
    writeSync(file, Buffer.alloc(4096, turn), 0, 4096, 0)
    fdatasyncSync(file)
    const tookMs = performance.now() - startMs
    for (let lateMs = 0; lateMs < tookMs; lateMs++) waits.push(tookMs - lateMs)
    for (let i = 0; i < pauseMs; i++) waits.push(0)
    await pause(pauseMs)
  }
  closeSync(file)
  rmSync(path)
  return percentilesOf(waits)
}

parentPort?.postMessage(await probe(workerData as SyncJob))
