import { privateErrors } from '../compliance/private-payloads/errors.ts'
import { frameworkErrors } from '../frameworks/errors.ts'
import type { ErrorCatalogue } from '../kernel/errors.ts'
import { jsonErrors } from '../kernel/json-errors.ts'
import { sdkErrors } from '../kernel/sdk-errors.ts'
import { ledgerErrors } from '../ledger/errors.ts'
import { accessErrors } from './access/errors.ts'
import { gatewayErrors } from './errors.ts'

/** Every code that an answer of the gateway can carry. */
export const gatewayCatalogue: ErrorCatalogue = Object.freeze({
  ...gatewayErrors,
  ...accessErrors,
  ...jsonErrors,
  ...sdkErrors,
  ...ledgerErrors,
  ...privateErrors,
  ...frameworkErrors,
})
