import type { RouteOptions } from 'fastify'
import { OrganisationParams, problems } from './routes/schemas.ts'

type Json = Readonly<Record<string, unknown>>
type RouteSchema = {
  readonly operationId?: string
  readonly tags?: readonly string[]
  readonly summary?: string
  readonly description?: string
  readonly params?: Json
  readonly querystring?: Json
  readonly body?: Json
  readonly security?: unknown
  readonly response?: Readonly<Record<string, Json>>
}

/** Gathers routes as they are made, and prints them as OpenAPI 3.1. */
export interface OpenapiPrinter {
  add(route: RouteOptions): void
  print(): Json
}

/** The API of accounts has a document of its own: gateways without a portal do not serve it. */
export function createOpenapiPrinter(version: string): OpenapiPrinter {
  const paths: Record<string, Record<string, Json>> = {}
  return {
    add({ url, method, schema }) {
      const path = url.replaceAll(/:(\w+)/g, '{$1}')
      for (const one of [method].flat()) {
        if (one === 'HEAD') continue
        const operation = operationOf(path, schema as RouteSchema)
        paths[path] = { ...paths[path], [one.toLowerCase()]: operation }
      }
    },
    print: () => ({
      openapi: '3.1.0',
      info: {
        title: 'OpenBSN portal',
        version,
        description:
          'Accounts, organisations, and what their members do on ledgers. For pages of the ' +
          'portal, with a cookie; every change wants the header Origin of this portal.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'accounts', description: 'The ways in.' },
        { name: 'account', description: 'Of whoever is signed in.' },
        { name: 'organisations', description: 'Who is in them, in which role.' },
        { name: 'acts', description: 'From accounts to ledgers.' },
        { name: 'webhooks', description: 'Events of services that an organisation published.' },
        { name: 'usage', description: 'What was written to such services.' },
        { name: 'contracts', description: 'Packages of contracts of such services.' },
        { name: 'requests', description: 'What was asked of such services, and answered.' },
      ],
      paths,
    }),
  }
}

/**
 * Routes that come from a gateway know neither the organisation that their paths begin with, nor
 * that a cookie says who asks; and a refusal looks as all of them do here.
 */
function operationOf(path: string, schema: RouteSchema): Json {
  const { params, querystring, body, response = {}, security: _, ...told } = schema
  const inPath = new Set([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
  const known = { ...OrganisationParams.properties, ...(params?.properties as Json | undefined) }
  const named = Object.entries(known).filter(([name]) => inPath.has(name))
  const parameters = [
    ...parametersOf({ properties: Object.fromEntries(named), required: [...inPath] }, 'path'),
    ...parametersOf(querystring, 'query'),
  ]
  const content = { 'application/json': { schema: body } }
  return {
    ...told,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, content } } : {}),
    responses: Object.fromEntries(
      Object.entries({ ...response, ...problems }).map(([status, one]) => {
        return [status.toUpperCase(), answerOf(one)]
      }),
    ),
  }
}

const answerOf = (schema: Json): Json =>
  'content' in schema
    ? schema
    : {
        description: String(schema.description ?? 'As asked.'),
        ...(schema.type === 'null' ? {} : { content: { 'application/json': { schema } } }),
      }

function parametersOf(schema: Json | undefined, place: 'path' | 'query'): Json[] {
  const properties = (schema?.properties ?? {}) as Readonly<Record<string, Json>>
  const required = (schema?.required ?? []) as readonly string[]
  return Object.entries(properties).map(([name, one]) => {
    return { name, in: place, required: required.includes(name), schema: one }
  })
}
