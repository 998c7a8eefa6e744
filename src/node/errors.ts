import type { ErrorCatalogue } from '../kernel/errors.ts'

export const nodeErrors = {
  HOME_KEYS_MISSING: {
    status: null,
    meaning: 'The data folder has a ledger but not the key that signs its blocks.',
    remedy: 'Restore keys/validator.json from a backup of the data folder.',
  },
  HOME_EMPTY: {
    status: null,
    meaning: 'The data folder holds no ledger.',
    remedy: 'Start a network there with `bsn up`, or name another folder with --home.',
  },
} as const satisfies ErrorCatalogue
