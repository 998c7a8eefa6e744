/** Every error answer, for the OpenAPI document: problem details with a code of the catalogue. */
export const problemResponses = {
  '4xx': {
    description:
      'The request cannot be met as it is: `code` says why. 429 has Retry-After and, where a ' +
      'credential asked or signed, how much its limit leaves: RateLimit-Limit, ' +
      'RateLimit-Remaining and RateLimit-Reset (seconds), and X-RateLimit-Limit-Second, ' +
      'X-RateLimit-Remaining-Second, X-RateLimit-Limit-Day and X-RateLimit-Remaining-Day.',
    content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
  },
  '5xx': {
    description: 'The gateway or its ledger cannot serve now: `code` says why.',
    content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
  },
} as const
