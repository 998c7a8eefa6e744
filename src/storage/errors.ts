import type { ErrorCatalogue } from '../kernel/errors.ts'

export const storageErrors = {
  STORE_COMMIT_FAILED: {
    status: null,
    meaning:
      'A write to disk failed or never ended. What was being written may or may not be there.',
    remedy: 'The process stopped. Look at the disk (full? failing?), then start it again.',
  },
  STORE_NEWER: {
    status: null,
    meaning: 'The data folder was written by a newer version of OpenBSN.',
    remedy: 'Start it with that version or a later one. Nothing was changed.',
  },
  STORE_IN_USE: {
    status: null,
    meaning: 'Another running process has this data folder open.',
    remedy: 'Stop that process first, or give another folder with --home.',
  },
  STORE_DAMAGED: {
    status: null,
    meaning: 'Something in the data folder does not fit the rest of it.',
    remedy: 'Run `bsn ledger verify`: it names what is wrong. Restore a backup.',
  },
} as const satisfies ErrorCatalogue
