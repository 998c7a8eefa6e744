import { CodedError, isCodedError } from '@openbsn/sdk'
import type { ErrorCatalogue } from '../kernel/errors.ts'

/** What every framework tells apart, whatever kind of ledger it is. */
export const frameworkErrors = {
  CALL_NOT_SENT: {
    status: 503,
    meaning: 'The ledger cannot be written to now. Nothing of the request has an effect.',
    remedy: 'Send it again after the time in Retry-After, or through another gateway.',
  },
  CALL_FATE_UNKNOWN: {
    status: 503,
    meaning: 'The request went to the ledger, and no answer came back: it may have an effect.',
    remedy:
      'Ask GET …/requests/{key} with the Idempotency-Key of the answer, or send the same ' +
      'request again with that key: it has one effect.',
  },
  FUNCTION_UNKNOWN: {
    status: 400,
    meaning: 'The framework of the service, or the contract, has no such function.',
    remedy: 'On records: put, get, list, history; of a contract, those that the message lists.',
  },
  ARGUMENT_INVALID: {
    status: 400,
    meaning: 'An argument is missing, unknown or out of bounds; the message names it.',
    remedy: 'Correct that argument.',
  },
} as const satisfies ErrorCatalogue

/** Nothing of a call has an effect. */
export const notSent = (message: string, cause?: unknown) =>
  new CodedError('CALL_NOT_SENT', message, { retryable: true, cause })

/** A call may have an effect. */
export const fateUnknown = (message: string, cause?: unknown) =>
  new CodedError('CALL_FATE_UNKNOWN', message, { retryable: true, cause })

/** The same, of a call that was under way already when it came again. */
export function asRepeatError(error: unknown): unknown {
  if (!isCodedError(error) || error.code !== 'CALL_FATE_UNKNOWN') return error
  const details = { ...error.details, isRepeat: true }
  return new CodedError(error.code, error.message, { retryable: true, details, cause: error })
}
