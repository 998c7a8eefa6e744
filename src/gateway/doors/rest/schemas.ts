import { CodedError, limits } from '@openbsn/sdk'
import { Type } from 'typebox'

/**
 * Numbers in paths and queries are text, so they are checked as text: a lenient conversion would
 * let `1e3`, ` 7` and `0x10` through. The OpenAPI document shows them as integers.
 */
export const wholeNumberPattern = '^(0|[1-9][0-9]{0,15})$'

export const WholeNumber = (description: string) =>
  Type.String({ pattern: wholeNumberPattern, description })

/** @throws REQUEST_INVALID for 2^53 and above */
export function wholeNumber(text: string, field: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  throw new CodedError('REQUEST_INVALID', `${field}: must be below 2^53.`)
}

export const LedgerId = Type.String({ description: "The ledger's id: `bsn1` and 40 hex digits." })
export const LedgerParams = Type.Object({ ledger: LedgerId })
export const EntryParams = Type.Object({
  ledger: LedgerId,
  index: WholeNumber('Place in the log, from 0.'),
})

export const Hex = (description: string) => Type.String({ description: `Hex. ${description}` })
export const Base64url = (description: string) =>
  Type.String({ description: `base64url without padding. ${description}` })

export const Hashes = Type.Array(Base64url('SHA-256 hash, 32 bytes.'))

const Height = Type.Integer({ description: 'Height of the block.' })
const Time = Type.Integer({ description: 'Block time: seconds since 1970.' })

export const NoQuorumSince = Type.Optional(
  Type.Integer({
    description:
      'Seconds since 1970 from which on the network has decided nothing although something ' +
      'waits; absent while it decides. What is read is as of the last block.',
  }),
)

export const LedgerSummary = Type.Object({
  id: LedgerId,
  name: Type.String(),
  environment: Type.Union([Type.Literal('live'), Type.Literal('sandbox')], {
    description: 'A sandbox is for trying out: it may be dropped.',
  }),
  group: Type.Optional(
    Type.String({ description: 'Name of the group; the root ledger of the alliance has none.' }),
  ),
  height: Height,
  size: Type.Integer({ description: 'Entries in the log.' }),
})

export const LedgerInfo = Type.Object({
  ...LedgerSummary.properties,
  time: Time,
  noQuorumSince: NoQuorumSince,
  logRoot: Hex('Root of the log.'),
  stateRoot: Hex('Root of the state.'),
  appHash: Hex('SHA-256 over log size, log root and state root.'),
  frameworks: Type.Array(
    Type.Object({
      name: Type.String({ description: 'As services name it.' }),
      here: Type.Boolean({ description: 'Whether the node that is asked has it.' }),
      functions: Type.Array(
        Type.Object({
          name: Type.String({ description: 'As services and roles name it.' }),
          scopes: Type.Array(Type.String(), {
            description: 'What a credential may be made for, to call it.',
          }),
        }),
      ),
    }),
    { description: 'The kinds of services there can be here, and what can be called on each.' },
  ),
  validators: Type.Array(
    Type.Object({
      kid: Hex('RFC 9679 thumbprint of the key.'),
      algorithm: Type.String(),
      power: Type.Integer(),
    }),
  ),
})

export const Outcome = Type.Object(
  {
    outcome: Type.Union([
      Type.Literal('appended'),
      Type.Literal('duplicate'),
      Type.Literal('refused'),
    ]),
    index: Type.Optional(Type.Integer({ description: 'Place in the log.' })),
    height: Type.Optional(Height),
    receipt: Type.Optional(Base64url('COSE receipt, or `pending` until enough validators signed.')),
    statement: Type.Optional(Base64url('The registered bytes.')),
    code: Type.Optional(Type.String({ description: 'Why it was refused.' })),
    detail: Type.Optional(Type.String({ description: 'The same for people.' })),
  },
  {
    description: 'index and height where there is an entry, code and detail where it was refused.',
  },
)

export const Outcomes = Type.Object({
  outcomes: Type.Array(Outcome, { description: 'One for each statement, in order.' }),
})

export const Batch = Type.Object(
  {
    statements: Type.Array(Base64url('A signed statement: COSE_Sign1.'), {
      description: `At most ${limits.batchStatementsMax}.`,
    }),
  },
  { additionalProperties: false },
)

export const Entry = Type.Object({
  index: Type.Integer(),
  height: Height,
  time: Time,
  statement: Base64url('The registered bytes: COSE_Sign1.'),
})

export const ListedEntry = Type.Object({
  index: Type.Integer(),
  height: Height,
  time: Time,
  service: Type.String(),
  key: Type.Optional(Type.String()),
  contentType: Type.String(),
  issuer: Type.String(),
  payload: Base64url('The payload.'),
})

export const EntryPage = Type.Object({
  entries: Type.Array(ListedEntry),
  next: Type.Optional(Type.String({ description: 'Cursor of the next page; absent at the end.' })),
  proven: Type.Boolean({ description: 'Always false: a list is a convenience, not a proof.' }),
  position: Type.Integer({ description: 'First index that the list has not seen yet.' }),
})

export const Checkpoint = Type.Object({
  height: Height,
  time: Time,
  size: Type.Integer({ description: 'Entries in the log after the block.' }),
  logRoot: Hex('Root of the log.'),
  stateRoot: Hex('Root of the state.'),
  checkpoints: Type.Array(Base64url('COSE_Sign1 of one validator over the log root.')),
})

export const StateAnswer = Type.Object({
  key: Type.String(),
  value: Type.Union([Base64url('The value: deterministic CBOR.'), Type.Null()]),
  proof: Base64url('Proof of the value, or of its absence, under the state root.'),
  checkpoint: Checkpoint,
})

/** An answer that is no JSON, for the OpenAPI document. */
export const binary = (description: string, type: string) => ({
  description,
  content: { [type]: { schema: {} } },
})
