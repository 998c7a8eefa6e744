import type { ErrorCatalogue } from '../../kernel/errors.ts'

/** What can be wrong with payloads that are kept outside the ledger. */
export const privateErrors = {
  ERASED: {
    status: 410,
    meaning: 'The private payload was erased. Its entry, and the proofs of it, stay valid.',
    remedy: 'Nothing brings it back, here or from a backup. Write what you have as a new record.',
  },
  PRIVATE_PAYLOAD_NOT_FOUND: {
    status: 404,
    meaning: 'This city node keeps no private payload for that entry.',
    remedy: 'Ask the city node that it was written through.',
  },
  PRIVATE_KEY_MISSING: {
    status: null,
    meaning: 'The epoch key, with which all private payloads are read, is not where it was.',
    remedy:
      'Bring keys/epoch-N.key from where you keep the keys of this data folder. To give the ' +
      'payloads up, move private.sqlite away.',
  },
} as const satisfies ErrorCatalogue
