import { CodedError } from '@openbsn/sdk'
import type { ErrorCatalogue } from '../../kernel/errors.ts'

/** What can go wrong with Fabric on a node. */
export const fabricErrors = {
  FABRIC_ENROLL_FAILED: {
    status: null,
    meaning: 'The certificate authority of this organisation did not issue a certificate.',
    remedy: 'The message has its words; its log is `bsn engine logs fabric-ca`.',
  },
  FABRIC_STEP_FAILED: {
    status: null,
    meaning: 'A step of making a channel or a contract of Fabric failed; the message names it.',
    remedy: 'Correct what the message says, and begin again: finished steps are not repeated.',
  },
} as const satisfies ErrorCatalogue

type Options = { readonly retryable?: boolean; readonly cause?: unknown }

/** An error of Fabric, for `throw`. */
export function fabricError(
  code: keyof typeof fabricErrors,
  message: string,
  options: Options = {},
): CodedError {
  return new CodedError(code, message, options)
}
