import { CodedError, limits } from '@openbsn/sdk'
import { type Static, Type } from 'typebox'
import type { EventFilter } from '../../frameworks/framework.ts'
import { next } from '../doors/rest/object-list.ts'
import { LedgerId, WholeNumber, wholeNumber } from '../doors/rest/schemas.ts'

export const ServiceParams = Type.Object({
  ledger: LedgerId,
  service: Type.String({ minLength: 1, maxLength: limits.nameBytesMax }),
})

const filters = {
  key: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: limits.recordKeyBytesMax,
      description: 'Events of this record key, or contract, alone.',
    }),
  ),
  contentType: Type.Optional(
    Type.String({ minLength: 1, maxLength: 255, description: 'Events of this type alone.' }),
  ),
}

const from = Type.Optional(
  WholeNumber('First position wanted; 0 is the beginning. Where absent: what comes from now on.'),
)

const ConsumerName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$',
  description: 'A name whose acknowledged position is kept, and where the next one goes on.',
})

export const ConsumerParams = Type.Object({ ...ServiceParams.properties, consumer: ConsumerName })

export const ConsumerAnswer = Type.Object({
  name: Type.String(),
  position: Type.Integer({ description: 'First position that is not acknowledged.' }),
  head: Type.Integer({ description: 'Position that the next event will have at least.' }),
  connected: Type.Boolean({ description: 'Whether a stream has the name at this gateway.' }),
})

export const ConsumerList = Type.Object({
  consumers: Type.Array(ConsumerAnswer, { description: 'In the order of their names.' }),
  next,
})

export const Acknowledgement = Type.Object(
  {
    position: Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'First position that is not dealt with: everything before it is.',
    }),
  },
  { additionalProperties: false },
)

export const EventsQuery = Type.Object(
  { ...filters, from, consumer: Type.Optional(ConsumerName) },
  { additionalProperties: false },
)
export type EventsQuery = Static<typeof EventsQuery>

export const SocketQuery = Type.Object(
  {
    ...EventsQuery.properties,
    window: Type.Optional(WholeNumber('Events on the way before one is acknowledged; 256.')),
  },
  { additionalProperties: false },
)
export type SocketQuery = Static<typeof SocketQuery>

/** The filter in a query. */
export function filterOf({ key, contentType }: EventsQuery): EventFilter {
  return {
    ...(key === undefined ? {} : { key }),
    ...(contentType === undefined ? {} : { contentType }),
  }
}

/** Where a stream begins: `from`, else after the last event that a client says it has. */
export function positionOf(query: EventsQuery, lastEventId?: string): number | undefined {
  if (lastEventId !== undefined && lastEventId !== '') {
    if (!/^(0|[1-9][0-9]{0,15})$/.test(lastEventId)) {
      throw new CodedError('REQUEST_INVALID', 'headers/last-event-id: is no position.')
    }
    return wholeNumber(lastEventId, 'headers/last-event-id') + 1
  }
  return query.from === undefined ? undefined : wholeNumber(query.from, 'querystring/from')
}
