import { Type } from 'typebox'
import { binary } from '../rest/schemas.ts'

/** Names of services; modules have others, and no door here. */
export const ServiceName = Type.String({
  pattern: '^[a-z0-9][a-z0-9-]{1,62}$',
  description: 'Name of the service: `sub` of its statements.',
})

export const cose = 'application/cose'

/** A receipt, in answers. */
export const receiptContent = (description: string) => binary(description, cose)

const concise = 'application/concise-problem-details+cbor'

/** Every error answer of this door: RFC 9290, with our code in an entry of its own. */
export const conciseResponses = {
  '4xx': binary('The request cannot be met as it is. Concise problem details (RFC 9290).', concise),
  '5xx': binary('The service cannot answer now. Concise problem details (RFC 9290).', concise),
} as const
