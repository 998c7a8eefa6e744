import type { FastifyPluginAsync } from 'fastify'
import type { ErrorSection } from '../../reference/errors-page.ts'
import { gatewaySections } from '../../reference/gateway-sections.ts'
import { problemResponses } from '../problem-responses.ts'
import { forever } from '../rest/entry-routes.ts'
import { type OpenapiDocument, printApiHtml } from './api-html.ts'
import { printErrorsHtml } from './errors-html.ts'
import { sendPage } from './page.ts'
import { styleSheet } from './style-sheet.ts'

export type DocsDeps = { readonly version: string; readonly portalErrors?: ErrorSection }

const answer = (description: string, type: string) => ({
  200: { description, content: { [type]: { schema: {} } } },
  ...problemResponses,
})

/** /docs and /docs/errors: the API of this gateway for people, from its own files alone. */
export const docsDoor: FastifyPluginAsync<DocsDeps> = async (app, { version, portalErrors }) => {
  const tags = ['operations']
  const apiSchema = {
    operationId: 'getDocs',
    tags,
    summary: 'This API, as a page.',
    response: answer('The page; it needs nothing but its style sheet.', 'text/html'),
  }
  let api: string | undefined
  app.get('/docs', { schema: apiSchema }, (request, reply) => {
    api ??= printApiHtml(app.swagger() as unknown as OpenapiDocument)
    return sendPage(request, reply, api)
  })
  const errorsSchema = {
    operationId: 'getErrors',
    tags,
    summary: 'Every error code, with what to do; `type` of a problem leads here.',
    response: answer('The page.', 'text/html'),
  }
  const sections = [...gatewaySections, ...(portalErrors ? [portalErrors] : [])]
  const errors = printErrorsHtml(version, sections)
  app.get('/docs/errors', { schema: errorsSchema }, (request, reply) =>
    sendPage(request, reply, errors),
  )
  const styleSchema = {
    operationId: 'getDocsStyle',
    tags,
    summary: 'The style sheet of the pages.',
    response: answer('The style sheet.', 'text/css'),
  }
  app.get('/docs/style.css', { schema: styleSchema }, (_request, reply) =>
    reply.type('text/css; charset=utf-8').header('cache-control', forever).send(styleSheet),
  )
}
