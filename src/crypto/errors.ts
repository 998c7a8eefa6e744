import type { ErrorCatalogue } from '../kernel/errors.ts'

/** What can be wrong with the keys of a node. */
export const cryptoErrors = {
  KEY_ENCRYPTION_KEY_MISSING: {
    status: null,
    meaning: 'The key that the secrets of the data folder are wrapped with is not where it was.',
    remedy: 'Bring the file back, or name its place with --kek; without it they are lost.',
  },
  KEY_ENCRYPTION_KEY_INVALID: {
    status: null,
    meaning: 'The file is no key-encryption key.',
    remedy: 'Name the right file with --kek: 32 bytes in base64url.',
  },
  KEY_UNWRAP_FAILED: {
    status: null,
    meaning: 'A secret does not unwrap: it was wrapped with another key, or it was changed.',
    remedy: 'Start the node with the key-encryption key of this data folder.',
  },
} as const satisfies ErrorCatalogue
