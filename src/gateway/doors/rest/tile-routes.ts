import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError, encodeBatch, parseStatement } from '@openbsn/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Ledger } from '../../../ledger/ledger.ts'
import type { Access } from '../../access/access.ts'
import { isForCredentials, requireReader } from '../../access/require-reader.ts'
import { type ServedLedger, sizeOf } from '../../served-ledger.ts'
import { parseTilePath, type TilePlace, tileWidth } from '../../tile-path.ts'
import { problemResponses } from '../problem-responses.ts'
import { forever } from './entry-routes.ts'
import type { RestDeps } from './rest-door.ts'
import { binary, LedgerId } from './schemas.ts'

const tags = ['mirrors']
const path = Type.String({ description: 'N as in C2SP tlog-tiles: x001/x234/067, or 067.p/WIDTH.' })
const hashBytes = 32

const entriesSchema = {
  operationId: 'getEntryTile',
  tags,
  summary: '256 entries, or the first WIDTH of them, as a CBOR sequence of byte strings.',
  description:
    'With entries of a service whose readers are its credentials alone: for such a credential, ' +
    'and for nobody where it has those of two.',
  params: Type.Object({ ledger: LedgerId, '*': path }),
  response: {
    200: binary('Entries N × 256 and following.', 'application/cbor-seq'),
    ...problemResponses,
  },
}
const hashesSchema = {
  operationId: 'getHashTile',
  tags,
  summary: '256 hashes of one level, or the first WIDTH of them.',
  params: Type.Object({
    ledger: LedgerId,
    level: Type.String({ pattern: '^([0-9]|[1-5][0-9]|6[0-3])$', description: '0 to 63.' }),
    '*': path,
  }),
  response: {
    200: binary('Hashes of 32 bytes each.', 'application/octet-stream'),
    ...problemResponses,
  },
}

/** GET /tile/{level}/{N} and /tile/entries/{N}: the log as static files, for mirrors. */
export const tileRoutes: FastifyPluginAsyncTypebox<RestDeps> = async (app, { ledgers, access }) => {
  app.get('/ledgers/:ledger/tile/entries/*', { schema: entriesSchema }, (request, reply) => {
    const served = ledgers.get(request.params.ledger)
    const entries = readEntries(served.ledger, placeOf(request.params['*']))
    requireReaders(access, request, reply, { served, entries })
    reply.type('application/cbor-seq')
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', forever)
    return reply.send(Buffer.from(encodeBatch(entries)))
  })
  app.get('/ledgers/:ledger/tile/:level/*', { schema: hashesSchema }, ({ params }, reply) => {
    const { ledger } = ledgers.get(params.ledger)
    const { index, width } = placeOf(params['*'])
    const tile = ledger.tile(Number(params.level), index)
    if (!tile || tile.length < width * hashBytes) throw notFound()
    reply.type('application/octet-stream').header('cache-control', forever)
    return reply.send(Buffer.from(tile.subarray(0, width * hashBytes)))
  })
}

type Tile = { readonly served: ServedLedger; readonly entries: readonly Uint8Array[] }

/** A tile is whole or not given at all: a mirror could not tell what was left out. */
function requireReaders(
  access: Access,
  request: FastifyRequest,
  reply: FastifyReply,
  { served, entries }: Tile,
): void {
  const services = new Set(entries.map((one) => parseStatement(one).claims.sub))
  const closed = [...services].filter((service) => isForCredentials(served.ledger, service))
  const [service, ...others] = closed
  if (service === undefined) return
  requireReader(access, request, reply, { served, service })
  if (others.length === 0) return
  const message = 'The tile has entries of several services that only their credentials read.'
  throw new CodedError('CREDENTIAL_SERVICE_MISMATCH', message)
}

function notFound(): CodedError {
  return new CodedError('TILE_NOT_FOUND', 'There is no such tile, or the log is not so long yet.')
}

/** @throws TILE_NOT_FOUND */
function placeOf(text: string): TilePlace {
  const place = parseTilePath(text)
  if (place) return place
  throw notFound()
}

function readEntries(ledger: Ledger, { index, width }: TilePlace): Uint8Array[] {
  const first = index * tileWidth
  if (first + width > sizeOf(ledger)) throw notFound()
  return Array.from({ length: width }, (_, i) => {
    const entry = ledger.entry(first + i)
    if (!entry) throw notFound()
    return entry.statement
  })
}
