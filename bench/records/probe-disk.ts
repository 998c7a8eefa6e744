import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { DiskWatch, SyncJob } from './sync-worker.ts'

/**
 * Has a thread write and sync one page every few milliseconds in a folder until `stop`, which says
 * what that took: where a disk stalls, nothing that is durable on it can answer.
 */
export function probeDisk(folder: string): { readonly stop: () => Promise<DiskWatch> } {
  const workerData: SyncJob = { path: join(folder, 'sync-probe') }
  const worker = new Worker(new URL('./sync-worker.ts', import.meta.url), { workerData })
  const result = new Promise<DiskWatch>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  // A load that fails meanwhile ends the bench.
  worker.unref()
  const stop = () => {
    worker.ref()
    worker.postMessage('stop')
    return result
  }
  return { stop }
}
