import { Type } from 'typebox'
import { secured } from '../../../access/access.ts'

/** Where the paths of a service begin. */
export const base = '/ledgers/:ledger/services/:service'

/** A contract of the largest size, in hex, fits in ten times. */
export const callBytesMax = 2 * 1024 * 1024
/** Sources of 2 MB as JSON, with every second character escaped; or an ABI with code. */
export const sourceBytesMax = 4 * 1024 * 1024

export const schemaOf = (operationId: string, summary: string, description?: string) => ({
  ...secured,
  operationId,
  tags: ['contracts'],
  summary,
  ...(description === undefined ? {} : { description }),
})

export const idempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ description: '1 to 255 printable ASCII characters, bare or in quotes.' }),
  ),
})

/** How a write answers, for descriptions. */
export const writeText =
  '201 where it is final, 200 where the same request was before, 202 where it takes longer: then ' +
  'GET …/requests/{key} says what became of it. Send an Idempotency-Key: the same request again, ' +
  'through any gateway, then has one effect. The answer names the key in its header in any case.'
