/**
 * The one error class, of the SDK and of the server. `code` is stable and public (the server's
 * docs/reference/errors.md lists every code); `message` is for people and may change.
 * Catch by code, never by class or message.
 */
export class CodedError<Code extends string = string> extends Error {
  readonly code: Code
  /** True when sending the same request again later can succeed. */
  readonly retryable: boolean
  /** What a machine needs to know beyond the code. Never secrets: this reaches logs and clients. */
  readonly details: Readonly<Record<string, string | number | boolean>>

  constructor(
    code: Code,
    message: string,
    options: ErrorOptions & { retryable?: boolean; details?: CodedError['details'] } = {},
  ) {
    super(message, options)
    this.name = 'CodedError'
    this.code = code
    this.retryable = options.retryable ?? false
    this.details = Object.freeze({ ...options.details })
  }
}

/** True for a `CodedError` of any copy of this package, so that two installed copies agree. */
export function isCodedError(error: unknown): error is CodedError {
  return error instanceof Error && error.name === 'CodedError' && 'code' in error
}
