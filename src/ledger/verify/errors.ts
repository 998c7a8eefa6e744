import type { ErrorCatalogue } from '../../kernel/errors.ts'

const remedy =
  'Stop writing to this copy and restore a backup, or import an export, that verifies; keep ' +
  'the damaged folder for whoever looks into the cause.'

/** What `bsn ledger verify` finds: the first thing that is wrong; details has `which`. */
export const verifyErrors = {
  VERIFY_GENESIS_WRONG: {
    status: null,
    meaning: 'The genesis document is not the one that the ledger is named after.',
    remedy,
  },
  VERIFY_BLOCK_WRONG: {
    status: null,
    meaning:
      'A block is missing, does not follow the one before, or its signatures or roots do not ' +
      'hold.',
    remedy,
  },
  VERIFY_ENTRY_WRONG: {
    status: null,
    meaning:
      'An entry is missing or changed, its signature does not hold, or it should have been ' +
      'refused.',
    remedy,
  },
  VERIFY_TILE_WRONG: {
    status: null,
    meaning: 'A stored tile of the log does not have the hashes that the entries lead to.',
    remedy,
  },
  VERIFY_KEY_WRONG: {
    status: null,
    meaning: 'A value or page of the stored state is not what the entries lead to.',
    remedy,
  },
  VERIFY_RUN_WRONG: {
    status: null,
    meaning: 'A file of the index of identities is missing or does not have what the entries have.',
    remedy:
      'Stop the node, delete the file that is named, and start it again: it is made anew from ' +
      'the entries.',
  },
  VERIFY_NO_LEDGER: {
    status: null,
    meaning: 'The folder holds no ledger.',
    remedy: 'Name the data folder with --home.',
  },
  VERIFY_NEWER: {
    status: null,
    meaning: 'The ledger was written by a newer version of OpenBSN than the one that verifies.',
    remedy: 'Verify it with that version or a later one.',
  },
} as const satisfies ErrorCatalogue
