import type { ErrorCatalogue } from '../../kernel/errors.ts'

/** What is wrong with an export file or a snapshot. Nothing is imported then. */
export const exportErrors = {
  EXPORT_FOREIGN: {
    status: null,
    meaning: 'The file is no export of a ledger.',
    remedy: 'Give a file that `bsn ledger export` wrote.',
  },
  EXPORT_NEWER: {
    status: null,
    meaning: 'The export was written by a newer version of OpenBSN.',
    remedy: 'Import it with that version or a later one.',
  },
  EXPORT_OTHER_LEDGER: {
    status: null,
    meaning: 'The export is of another ledger than the one that was asked for.',
    remedy: 'Give the export of that ledger, or its id with --ledger.',
  },
  EXPORT_TRUNCATED: {
    status: null,
    meaning: 'The export ends too early: it was cut short. Nothing was imported.',
    remedy: 'Copy the whole file again, or export anew.',
  },
  EXPORT_DAMAGED: {
    status: null,
    meaning:
      'The export is not what a ledger wrote: a byte was changed, or its blocks do not lead to ' +
      'the roots that the validators signed. Nothing was imported.',
    remedy: 'Copy the file again, or export anew from a ledger that verifies.',
  },
  EXPORT_FILE_EXISTS: {
    status: null,
    meaning: 'The file to write exists already; it was left as it is.',
    remedy: 'Name another file, or say --force.',
  },
  SNAPSHOT_UNAVAILABLE: {
    status: 503,
    meaning: 'The last block of this node is not signed yet, so that no snapshot can be proven.',
    remedy: 'Ask again later, or join with `--by replay`.',
  },
} as const satisfies ErrorCatalogue
