import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { openStore } from '../../src/storage/store.ts'
import { benchError } from '../errors.ts'
import type { Writers } from '../network/issuers.ts'
import { recordBytes, type StatementFile } from '../statements/statement-file.ts'
import type { VerifyJob } from './verify-worker.ts'

/** Signatures per second that all cores together verify, with nothing else to do. */
export async function verifyLimit(
  writers: Writers,
  file: StatementFile,
  seconds: number,
): Promise<number> {
  const threads = availableParallelism()
  const share = Math.floor(file.count / threads)
  const rates = Array.from({ length: threads }, (_, i) =>
    runVerifier({ writers, file, from: i * share, count: share, seconds }),
  )
  return (await Promise.all(rates)).reduce((sum, rate) => sum + rate, 0)
}

function runVerifier(job: VerifyJob): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./verify-worker.ts', import.meta.url), { workerData: job })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

/**
 * Statements per second that the store makes durable, `perCommit` in one value of each commit, with
 * nothing else to do.
 */
export async function appendLimit(
  folder: string,
  file: StatementFile,
  { seconds, perCommit }: { readonly seconds: number; readonly perCommit: number },
): Promise<number> {
  const failed = (cause: Error) => {
    throw benchError('BENCH_PROCESS_FAILED', `${cause.message}.`, { cause })
  }
  const store = openStore({ folder: join(folder, 'append') }, { onFailure: failed })
  const table = store.table('entries')
  const batch = readFileSync(file.path).subarray(0, perCommit * recordBytes(file))
  const started = performance.now()
  let commits = 0
  while (performance.now() - started < seconds * 1000) {
    await store.write(() => table.put(commits, batch))
    commits++
  }
  const rate = (commits * perCommit * 1000) / (performance.now() - started)
  await store.close()
  return rate
}
