import type { FastifyPluginAsync } from 'fastify'
import { problemResponses } from '../problem-responses.ts'
import type { RestDeps } from './rest-door.ts'

/** GET /openapi.json: this API, from the same schemas that check the requests. */
export const openapiRoute: FastifyPluginAsync<RestDeps> = async (app) => {
  const schema = {
    operationId: 'getOpenapi',
    tags: ['operations'],
    summary: 'This document.',
    response: {
      200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: {} } } },
      ...problemResponses,
    },
  }
  let text: string | undefined
  app.get('/openapi.json', { schema }, (_request, reply) => {
    text ??= JSON.stringify(app.swagger())
    return reply.header('content-type', 'application/json; charset=utf-8').send(text)
  })
}
