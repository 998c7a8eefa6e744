import { CodedError } from '@openbsn/sdk'
import type { FastifyInstance } from 'fastify'
import type { Drain } from '../drain.ts'

export type DrainDeps = { readonly drain: Drain }

/**
 * While the gateway stops, new requests of a door are refused and their connections end; after
 * their body is read, since a connection that is closed before resets, and the answer with it.
 */
export function addDrainHook(app: FastifyInstance, { drain }: DrainDeps): void {
  app.addHook('preValidation', (_request, reply, done) => {
    if (!drain.isDraining) return done()
    reply.header('connection', 'close')
    done(new CodedError('GATEWAY_DRAINING', 'The gateway is about to stop.', { retryable: true }))
  })
}
