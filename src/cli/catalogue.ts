import { gatewayCatalogue } from '../gateway/catalogue.ts'
import type { ErrorCatalogue, ErrorRow } from '../kernel/errors.ts'
import { nodeErrors } from '../node/errors.ts'
import { storageErrors } from '../storage/errors.ts'
import { cliErrors } from './errors.ts'

/** Every code that a command can end with. Loaded when an error is told, not before. */
export const everyError: ErrorCatalogue = Object.freeze({
  ...gatewayCatalogue,
  ...storageErrors,
  ...nodeErrors,
  ...cliErrors,
})

/** The row of a code; undefined for one of a newer gateway. */
export function errorRow(code: string): ErrorRow | undefined {
  return Object.hasOwn(everyError, code) ? everyError[code] : undefined
}
