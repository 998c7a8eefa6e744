import type { ErrorCatalogue } from '../kernel/errors.ts'
import { gatewaySections } from './reference/gateway-sections.ts'

/** Every code that an answer of the gateway can carry. */
export const gatewayCatalogue: ErrorCatalogue = Object.freeze(
  Object.assign({}, ...gatewaySections.map(({ errors }) => errors)),
)
