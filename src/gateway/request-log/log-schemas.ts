import { limits } from '@openbsn/sdk'
import { Type } from 'typebox'
import { next, pageQuery } from '../doors/rest/object-list.ts'
import { WholeNumber } from '../doors/rest/schemas.ts'

const Text = (maxLength: number, description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength, description }))

/** Filters of a request log, and where it goes on. */
export const LogParameters = Type.Object(
  {
    status: Type.Optional(
      Type.String({ pattern: '^[1-5](?:xx|[0-9]{2})$', description: 'Such as `404`, or `4xx`.' }),
    ),
    code: Text(64, 'Of a problem, such as `RATE_LIMITED`; of an error of JSON-RPC.'),
    method: Type.Optional(Type.String({ pattern: '^[A-Z]{3,7}$', description: 'Such as `POST`.' })),
    path: Text(512, 'A part of the path and its query.'),
    credential: Text(limits.nameBytesMax, 'Id of the credential.'),
    id: Text(64, 'Id of the request: the header x-request-id of its answer.'),
    from: Type.Optional(WholeNumber('Seconds since 1970: from then on.')),
    to: Type.Optional(WholeNumber('Seconds since 1970: before then.')),
    after: Type.Optional(
      WholeNumber('Follows: what came after this number, the oldest first. `newest` is the next.'),
    ),
    ...pageQuery,
  },
  { additionalProperties: false },
)

const LoggedText = Type.Object({
  bytes: Type.Integer({ description: 'Of the whole body.' }),
  text: Type.Optional(Type.String({ description: 'Its first 4,096 bytes; secrets are masked.' })),
  note: Type.Optional(
    Type.Union([Type.Literal('cut'), Type.Literal('hidden'), Type.Literal('binary')], {
      description: 'Why not all of it is there. `hidden`: it has, or may have, secrets in it.',
    }),
  ),
})

const LoggedRequest = Type.Object({
  number: Type.Integer({ description: 'Grows from each to the next, with gaps.' }),
  time: Type.Integer({ description: 'Seconds since 1970, by the clock of the node.' }),
  id: Type.String({ description: 'As in the header x-request-id of the answer.' }),
  credential: Type.String(),
  participant: Type.Optional(
    Type.String({ description: "Whose the credential is; the publisher's own where absent." }),
  ),
  method: Type.String(),
  path: Type.String({ description: 'With its query; secrets are masked.' }),
  status: Type.Integer(),
  code: Type.Optional(Type.String({ description: 'Of the problem, or the error of JSON-RPC.' })),
  ms: Type.Number({ description: 'From the head of the request to the end of its answer.' }),
  contentType: Type.Optional(Type.String({ description: 'Of its body.' })),
  request: Type.Optional(LoggedText),
  answer: Type.Optional(LoggedText),
  location: Type.Optional(Type.String({ description: 'Where the answer says what it made is.' })),
  skipped: Type.Optional(
    Type.Integer({ description: 'So many that came right before it are not kept.' }),
  ),
})

export const RequestLogPage = Type.Object({
  requests: Type.Array(LoggedRequest, {
    description: 'The newest first; with `after` the oldest.',
  }),
  newest: Type.Integer({ description: 'Say `after` with this to go on from here.' }),
  next,
})
