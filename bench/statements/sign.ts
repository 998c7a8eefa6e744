import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Writers } from '../network/issuers.ts'
import type { SignJob } from './sign-worker.ts'
import type { StatementFile } from './statement-file.ts'
import { createTemplates } from './template.ts'

/** Signs statements into files, on all cores, before anything is measured. */
export interface StatementSource {
  /** A new file with `count` statements that no file before had. */
  sign(count: number): Promise<StatementFile>
}

export function createStatementSource(
  writers: Writers,
  { folder, hasActIds }: { readonly folder: string; readonly hasActIds: boolean },
): StatementSource {
  let made = 0
  let files = 0
  return {
    sign: async (count) => {
      const options = { hasActIds, iat: Math.floor(Date.now() / 1000) }
      const path = join(folder, `${writers.ledger}-${files++}.statements`)
      writeFileSync(path, '')
      const threads = availableParallelism()
      const share = Math.ceil(count / threads)
      const jobs = Array.from({ length: threads }, (_, i) => {
        const from = Math.min(count, i * share)
        const part = { from, count: Math.min(share, count - from) }
        return { path, writers, options, ...part, firstNumber: made } satisfies SignJob
      })
      await Promise.all(jobs.map(runWorker))
      made += count
      const [template] = await createTemplates(writers, options)
      return { path, count, statementBytes: template?.bytes.length ?? 0 }
    },
  }
}

function runWorker(job: SignJob): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./sign-worker.ts', import.meta.url), { workerData: job })
    worker.once('message', () => resolve())
    worker.once('error', reject)
  })
}
