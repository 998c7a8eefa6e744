import { CodedError } from '@openbsn/sdk'
import type { CliErrorCode } from './errors.ts'

/** An error of the command line, for `throw`. What to do about it is in the catalogue. */
export function fail(
  code: CliErrorCode,
  message: string,
  options: { readonly cause?: unknown; readonly details?: CodedError['details'] } = {},
): CodedError<CliErrorCode> {
  return new CodedError(code, message, options)
}
