import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError, toHex } from '@openbsn/sdk'
import { type Static, Type } from 'typebox'
import type { Block, Ledger } from '../../../ledger/ledger.ts'
import { base64url } from '../../base64url.ts'
import { problemResponses } from '../problem-responses.ts'
import type { RestDeps } from './rest-door.ts'
import { Checkpoint, LedgerParams, WholeNumber, wholeNumber } from './schemas.ts'

/** GET /checkpoint: what the validators signed of one block. */
export const checkpointRoute: FastifyPluginAsyncTypebox<RestDeps> = async (app, { ledgers }) => {
  const schema = {
    operationId: 'getCheckpoint',
    tags: ['proofs'],
    summary: 'Size, roots and signatures of a block; of the last one without `height`.',
    params: LedgerParams,
    querystring: Type.Object(
      { height: Type.Optional(WholeNumber('Height of the block.')) },
      { additionalProperties: false },
    ),
    response: { 200: Checkpoint, ...problemResponses },
  }
  app.get('/ledgers/:ledger/checkpoint', { schema }, ({ params, query }, reply) => {
    const { ledger } = ledgers.get(params.ledger)
    return reply.send(checkpointOf(ledger, findBlock(ledger, query.height)))
  })
}

/** @throws BLOCK_NOT_FOUND */
function findBlock(ledger: Ledger, height: string | undefined): Block {
  if (height === undefined) return ledger.head
  const block = ledger.block(wholeNumber(height, 'querystring/height'))
  if (block) return block
  throw new CodedError('BLOCK_NOT_FOUND', `The ledger has no block ${height} yet.`)
}

/** A block with its signed checkpoints. */
export function checkpointOf(ledger: Ledger, block: Block): Static<typeof Checkpoint> {
  const { height, time, firstIndex, count } = block
  const roots = { logRoot: toHex(block.logRoot), stateRoot: toHex(block.stateRoot) }
  const checkpoints = ledger.checkpoints(block).map(base64url)
  return { height, time, size: firstIndex + count, ...roots, checkpoints }
}
