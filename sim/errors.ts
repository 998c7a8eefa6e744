import { CodedError } from '@openbsn/sdk'

/** The one thing that ends a simulation before it begins: seen by whoever starts it. */
export function optionInvalid(message: string, cause?: unknown): CodedError {
  const remedy = 'Run npm run sim -- --help.'
  return new CodedError('SIM_OPTION_INVALID', `${message} ${remedy}`, { cause })
}
