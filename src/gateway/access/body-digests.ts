import { createHash } from 'node:crypto'
import { pipeline, Transform } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type BodyDigests, noBody } from './http-signature.ts'

const digests = new WeakMap<FastifyRequest, () => BodyDigests>()

/** Digests the body of every request that is signed, on its way to whoever parses it. */
export function digestBodies(app: FastifyInstance): void {
  app.addHook('preParsing', (request, _reply, payload, done) => {
    if (request.headers['signature-input'] === undefined) return done(null, payload)
    const sha256 = createHash('sha256')
    const sha512 = createHash('sha512')
    let bytes = 0
    const through = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        bytes += chunk.length
        sha256.update(chunk)
        sha512.update(chunk)
        next(null, chunk)
      },
    })
    let made: BodyDigests | undefined
    digests.set(request, () => {
      made ??= { bytes, sha256: sha256.digest(), sha512: sha512.digest() }
      return made
    })
    // What breaks the one side off breaks off the other, where it is told.
    pipeline(payload, through, () => {})
    done(null, through)
  })
}

/** Of the body of a request that was parsed. */
export function bodyDigestsOf(request: FastifyRequest): BodyDigests {
  return digests.get(request)?.() ?? noBody
}
