import { limits } from '@openbsn/sdk'
import { type Static, Type } from 'typebox'
import { next } from '../doors/rest/object-list.ts'
import { WholeNumber } from '../doors/rest/schemas.ts'
import { ServiceParams } from '../events/event-schemas.ts'

export const WebhookParams = Type.Object({
  ...ServiceParams.properties,
  id: Type.String({ minLength: 1, maxLength: 64, description: 'Id of the webhook.' }),
})

const Url = Type.String({ minLength: 1, maxLength: 2048, description: 'https; no user, no hash.' })
const Filter = Type.Object(
  {
    key: Type.Optional(Type.String({ minLength: 1, maxLength: limits.recordKeyBytesMax })),
    contentType: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  },
  { additionalProperties: false, description: 'Only events with this key, or of this type.' },
)
const Position = (description: string) =>
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description })

export const WebhookCreate = Type.Object(
  {
    url: Url,
    filter: Type.Optional(Filter),
    from: Type.Optional(Position('First position to send; what comes from now on where absent.')),
  },
  { examples: [{ url: 'https://example.org/hook' }], additionalProperties: false },
)
export type WebhookCreate = Static<typeof WebhookCreate>

export const WebhookChange = Type.Object(
  {
    url: Type.Optional(Url),
    filter: Type.Optional(Filter),
    state: Type.Optional(Type.Union([Type.Literal('active'), Type.Literal('paused')])),
  },
  { examples: [{ state: 'paused' }], additionalProperties: false, minProperties: 1 },
)
export type WebhookChange = Static<typeof WebhookChange>

export const Replay = Type.Object(
  {
    from: Type.Optional(Position('Sends everything again from here; at most the position.')),
    deadLetters: Type.Optional(
      Type.Literal(true, { description: 'Sends each dead letter once more, before the rest.' }),
    ),
    position: Type.Optional(
      Position('Sends the event of this one position once more; before `position`.'),
    ),
  },
  { examples: [{ from: 0 }], additionalProperties: false, minProperties: 1, maxProperties: 1 },
)
export type Replay = Static<typeof Replay>

const Time = (description: string) =>
  Type.Integer({ description: `${description} Seconds since 1970.` })

const DeadLetter = Type.Object({
  position: Type.Integer(),
  reason: Type.String({ description: 'Why its last attempt failed.' }),
  time: Time('When it was given up.'),
})

export const WebhookAnswer = Type.Object({
  id: Type.String(),
  service: Type.String(),
  credential: Type.String({
    description: 'In whose name it reads; with a slash, such as `operator/admin`: the publisher.',
  }),
  url: Type.String(),
  filter: Filter,
  state: Type.Union([Type.Literal('active'), Type.Literal('paused'), Type.Literal('disabled')]),
  reason: Type.Optional(Type.String({ description: 'Why it is disabled.' })),
  held: Type.Optional(
    Type.String({ description: 'Code of what holds it up now, such as a frozen credential.' }),
  ),
  node: Type.String({ description: 'City node that delivers it.' }),
  position: Type.Integer({ description: 'First position that is not dealt with.' }),
  head: Type.Integer({ description: 'Position that the next event will have at least.' }),
  attempts: Type.Integer({ description: 'Failed attempts of the event that is next.' }),
  retryAt: Type.Optional(Time('When it is tried again.')),
  failingSince: Type.Optional(Time('First failure after the last success.')),
  created: Time('When it was made.'),
  secret: Type.Optional(
    Type.String({ description: '`whsec_…`, told once: when it was made or changed.' }),
  ),
})
export const WebhookList = Type.Object({
  webhooks: Type.Array(WebhookAnswer, { description: 'Oldest first.' }),
  next,
})

export const Secret = Type.Object({
  secret: Type.String({ description: '`whsec_…`, told once.' }),
  overlapSeconds: Type.Integer({ description: 'So long the one before signs too.' }),
})

export const TestAnswer = Type.Object({
  delivered: Type.Boolean(),
  status: Type.Optional(Type.Integer({ description: 'Of the receiver.' })),
  reason: Type.Optional(Type.String({ description: 'Why it was not delivered.' })),
  durationMs: Type.Integer(),
})

export const DeliveriesQuery = Type.Object(
  {
    cursor: Type.Optional(Type.String({ maxLength: 64, description: '`next` of a page.' })),
    limit: Type.Optional(WholeNumber('1 to 1000; 100 where absent.')),
  },
  { additionalProperties: false },
)
export type DeliveriesQuery = Static<typeof DeliveriesQuery>

export const DeliveryPage = Type.Object({
  deliveries: Type.Array(
    Type.Object({
      number: Type.Integer({ description: 'Grows with each attempt.' }),
      position: Type.Integer(),
      attempt: Type.Integer({ description: '1 for the first one of an event.' }),
      result: Type.Union([Type.Literal('delivered'), Type.Literal('failed'), Type.Literal('dead')]),
      status: Type.Optional(Type.Integer({ description: 'Of the receiver.' })),
      reason: Type.Optional(Type.String({ description: 'Why it was not delivered.' })),
      time: Time('When it was sent.'),
      durationMs: Type.Integer(),
    }),
    { description: 'Newest first.' },
  ),
  next: Type.Optional(Type.String({ description: 'Cursor of the next page; absent at the end.' })),
})

export const WebhookMessageParams = Type.Object({
  ...WebhookParams.properties,
  position: WholeNumber('Position of the event.'),
})
export const WebhookMessage = Type.Object({
  id: Type.String({ description: '`webhook-id`: the same at every attempt.' }),
  url: Type.String({ description: 'Where it goes now.' }),
  contentType: Type.String(),
  body: Type.String({ description: 'Just the bytes that are sent: a CloudEvent, as JSON.' }),
})

export const DeadLettersQuery = Type.Object(
  { position: Type.Optional(WholeNumber('That of this position alone; all where absent.')) },
  { additionalProperties: false },
)
export type DeadLettersQuery = Static<typeof DeadLettersQuery>

export const DeadLetterPage = Type.Object({
  deadLetters: Type.Array(DeadLetter, { description: 'Oldest first.' }),
  next: Type.Optional(Type.String({ description: 'Cursor of the next page; absent at the end.' })),
})
