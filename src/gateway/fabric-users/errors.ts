import { CodedError } from '@openbsn/sdk'
import type { ErrorCatalogue } from '../../kernel/errors.ts'

/** What is refused to applications about their users of Fabric, by whatever door. */
export const userErrors = {
  USER_UNKNOWN: {
    status: 404,
    meaning: 'The application has no user of that name, or the user has no certificate.',
    remedy:
      'Have a key certified first: PUT …/users/{name}, `bsn contract enroll`; clients of BSN ' +
      'register, and enrol where they sign.',
  },
  USER_EXISTS: {
    status: 409,
    meaning: 'The application has a user of that name, with another key or another secret.',
    remedy: 'Take another name, or the key or secret that the user has: a name keeps its key.',
  },
  USER_SECRET_WRONG: {
    status: 403,
    meaning: 'The secret is not that of the user.',
    remedy: 'Enrol with the secret that registering answered; who came by /api/v1 has none.',
  },
} as const satisfies ErrorCatalogue

export const userError = (code: keyof typeof userErrors, message: string) =>
  new CodedError(code, message)
