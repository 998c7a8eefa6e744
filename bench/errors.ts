import { CodedError } from '@openbsn/sdk'
import type { ErrorCatalogue } from '../src/kernel/errors.ts'

/** What ends a bench without figures: seen by whoever runs it, never by a gateway's client. */
const benchErrors = {
  BENCH_OPTION_INVALID: {
    status: null,
    meaning: 'The command line of the bench has an option or a value that it does not know.',
    remedy: 'Run npm run bench -- --help.',
  },
  BENCH_NOT_DURABLE: {
    status: null,
    meaning: 'Commits do not reach a disk, so a rate would say nothing.',
    remedy: 'Let TMPDIR name a folder on a real disk, and load nothing that hides fsync.',
  },
  BENCH_OUTCOME_WRONG: {
    status: null,
    meaning: 'A statement was not appended, or a receipt does not verify.',
    remedy: 'The figures would count work that was not done. The message has the answer.',
  },
  BENCH_PROCESS_FAILED: {
    status: null,
    meaning: 'A process of the bench ended before its time, or never became ready.',
    remedy: 'The message ends with its last words.',
  },
} as const satisfies ErrorCatalogue

export function benchError(
  code: keyof typeof benchErrors,
  message: string,
  options: ErrorOptions = {},
): CodedError {
  return new CodedError(code, `${message} ${benchErrors[code].remedy}`, options)
}
