import { CodedError } from '@openbsn/sdk'

/**
 * RATE_LIMITED, with no stack: listing the callers takes 30 µs, and whoever is refused may come
 * thousands of times a second beside others.
 */
export function rateLimited(message: string): CodedError {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    return new CodedError('RATE_LIMITED', message, { retryable: true })
  } finally {
    Error.stackTraceLimit = limit
  }
}
