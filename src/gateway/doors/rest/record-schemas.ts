import { limits } from '@openbsn/sdk'
import { Type } from 'typebox'
import { callResult } from './contracts/call-result.ts'
import { Base64url, LedgerId, Outcome } from './schemas.ts'

const key = Type.String({
  minLength: 1,
  maxLength: limits.recordKeyBytesMax,
  description: 'What the record is about: it is found, with its history, by it.',
})

const newRecord = {
  key: Type.Optional(key),
  contentType: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: limits.nameBytesMax,
      description: 'application/json where absent.',
    }),
  ),
  value: Type.Unknown({ description: 'Any JSON; its canonical form (RFC 8785) is registered.' }),
  private: Type.Optional(
    Type.Object(
      {
        subject: Type.String({
          minLength: 1,
          maxLength: limits.nameBytesMax,
          description: 'Whose it is, such as a customer number; erased by it. Never registered.',
        }),
      },
      {
        additionalProperties: false,
        description: 'Keeps the value at this city node, and registers a salted commitment to it.',
      },
    ),
  ),
}

/** One record, or many under `records`. */
export const NewRecords = Type.Object(
  {
    ...newRecord,
    value: Type.Optional(newRecord.value),
    records: Type.Optional(
      Type.Array(Type.Object(newRecord, { additionalProperties: false }), {
        description: `Many instead of one: at most ${limits.batchStatementsMax}.`,
      }),
    ),
  },
  { additionalProperties: false, examples: [{ key: 'ann', value: { earned: 12 } }] },
)

export const ServiceParams = Type.Object({ ledger: LedgerId, service: Type.String() })
export const RecordParams = Type.Object({ ...ServiceParams.properties, key: Type.String() })

const Time = Type.Integer({ description: 'Block time: seconds since 1970.' })

export const RecordOutcome = Type.Object(
  {
    ...Outcome.properties,
    time: Type.Optional(Time),
  },
  { description: 'index, height and time where there is an entry, code and detail where not.' },
)

export const RequestKey = Type.String({
  description: 'The Idempotency-Key, to ask GET …/requests/{key} with.',
})

export const WrittenRecord = Type.Object({ ...RecordOutcome.properties, request: RequestKey })

export const WrittenRecords = Type.Object({
  outcomes: Type.Array(RecordOutcome, { description: 'One for each record, in order.' }),
  request: RequestKey,
})

export const StoredRecord = Type.Object({
  index: Type.Integer({ description: 'Place in the log.' }),
  height: Type.Integer({ description: 'Height of the block.' }),
  time: Time,
  key: Type.Optional(key),
  contentType: Type.String(),
  issuer: Type.String({ description: 'The credential in whose name it was written.' }),
  value: Type.Optional(Type.Unknown({ description: 'The payload, where it is JSON.' })),
  payload: Type.Optional(Base64url('The payload, where it is something else.')),
  private: Type.Optional(Type.Boolean({ description: 'True where the value is kept here alone.' })),
  erased: Type.Optional(
    Type.Integer({ description: 'When the private value was erased: seconds since 1970.' }),
  ),
})

export const RecordPage = Type.Object({
  records: Type.Array(StoredRecord),
  next: Type.Optional(Type.String({ description: 'Cursor of the next page; absent at the end.' })),
  proven: Type.Boolean({ description: 'Always false: a list is a convenience, not a proof.' }),
  position: Type.Integer({ description: 'First index that the list has not seen yet.' }),
})

export const RequestStatus = Type.Object({
  request: RequestKey,
  isBatch: Type.Optional(
    Type.Literal(true, {
      description: 'The key was used for many records: `row` says whose state this is.',
    }),
  ),
  row: Type.Optional(
    Type.Integer({ description: 'Of a batch: whose state this is. Ask for others with ?row=N.' }),
  ),
  state: Type.Union([
    Type.Literal('committed'),
    Type.Literal('pending', { description: 'Under way, or not known yet: ask again.' }),
    Type.Literal('not_sent', {
      description: 'Nothing of it is here, nor of its first rows: send it (again) with its key.',
    }),
    Type.Literal('rejected', { description: 'Told for a while by the gateway that was asked.' }),
  ]),
  index: Type.Optional(Type.Integer({ description: 'Of a record: place in the log.' })),
  transaction: Type.Optional(
    Type.String({
      description: 'Of a transaction of a chain: its hash; while it is pending, once it is signed.',
    }),
  ),
  height: Type.Optional(Type.Integer({ description: 'Height of the block.' })),
  time: Type.Optional(Time),
  ...callResult,
  receipt: RecordOutcome.properties.receipt,
  statement: RecordOutcome.properties.statement,
  code: RecordOutcome.properties.code,
  detail: RecordOutcome.properties.detail,
})
