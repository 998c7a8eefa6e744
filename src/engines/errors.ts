import { CodedError } from '@openbsn/sdk'
import type { ErrorCatalogue, ErrorRow } from '../kernel/errors.ts'

const row = (meaning: string, remedy: string): ErrorRow => ({ status: null, meaning, remedy })

/** What can go wrong with the programs that other frameworks run on. */
export const engineErrors = {
  ENGINE_UNKNOWN: row(
    'There is no engine of this name.',
    'Look at the names that `bsn engine list` prints.',
  ),
  ENGINE_MISSING: row(
    'The engine is not installed for this user, or not where it was said to be.',
    'Install it with the command that the message names, or name a program of your own in the ' +
      'environment, such as BSN_ENGINE_COMETBFT=/path/to/cometbft.',
  ),
  ENGINE_VERSION_WRONG: row(
    'The program cannot be run, or is of another version than is needed.',
    'Name the right program, or have it built anew with `bsn engine install NAME --force`.',
  ),
  ENGINE_TOOLCHAIN_MISSING: row(
    'What builds the engine is not on the PATH, or is too old.',
    'Install Go in the version that the message names, or bring a program that was built ' +
      'elsewhere and name it in the environment, such as BSN_ENGINE_COMETBFT=/path/to/cometbft.',
  ),
  ENGINE_BUILD_FAILED: row(
    'The engine could not be built; nothing was installed.',
    'The message has the end of what the compiler said, and where the rest is. Where a module ' +
      'cannot be fetched, look at GOPROXY and at the connection.',
  ),
  ENGINE_PORT_IN_USE: row(
    'Another program listens where the engine would.',
    'Stop that program, or give the engine another port.',
  ),
  ENGINE_START_FAILED: row(
    'The engine did not come up: it ended at once, did not answer in time, or runs already.',
    'The message has its last lines; `bsn engine logs NAME` prints all of them.',
  ),
  ENGINE_STOPPED: row(
    'The engine, or its build, was stopped before it was ready.',
    'Start it again; nothing is half done.',
  ),
} as const satisfies ErrorCatalogue

export type EngineErrorCode = keyof typeof engineErrors

/** An error of an engine, for `throw`. */
export function engineError(
  code: EngineErrorCode,
  message: string,
  options: { readonly cause?: unknown; readonly details?: CodedError['details'] } = {},
): CodedError<EngineErrorCode> {
  return new CodedError(code, message, options)
}
