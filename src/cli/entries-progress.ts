import { performance } from 'node:perf_hooks'
import type { Output } from './output.ts'
import { createProgress, type Progress } from './put/progress.ts'

/** Progress over the entries of a ledger, of which the first report brings the total. */
export interface EntriesProgress {
  readonly show: (at: { readonly entries: number; readonly total: number }) => void
  end(): void
}

/** `label` says what is being done. */
export function createEntriesProgress(label: string, out: Output): EntriesProgress {
  let progress: Progress | undefined
  let done = 0
  return {
    show: ({ entries, total }) => {
      const options = { total, label, unit: 'entries' }
      progress ??= createProgress(options, { out, nowMs: () => performance.now() })
      progress.add(entries - done)
      done = entries
    },
    end: () => progress?.end(),
  }
}
