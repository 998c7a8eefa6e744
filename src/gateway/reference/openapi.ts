import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import { wholeNumberPattern } from '../doors/rest/schemas.ts'
import { lastBlockHeader } from '../last-block.ts'

/** How the OpenAPI 3.1 document is made from the routes' schemas. */
export function openapiOptions(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'OpenBSN gateway',
        version,
        description: 'Registers signed statements and proves them. Errors are RFC 9457 problems.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      components: { securitySchemes },
      tags: [
        { name: 'ledgers', description: 'What is served here.' },
        { name: 'entries', description: 'Registering, reading and listing statements.' },
        { name: 'records', description: 'Writing and reading JSON, signed by the city node.' },
        { name: 'contracts', description: 'Contracts of EVM services, and their transactions.' },
        { name: 'services', description: 'What is published, and who takes part.' },
        { name: 'credentials', description: 'Who may write and read.' },
        { name: 'nodes', description: 'City nodes.' },
        { name: 'alliance', description: 'Members, and what they vote on.' },
        { name: 'groups', description: 'Other ledgers of the alliance, and who keeps them.' },
        { name: 'network', description: 'Several nodes with one ledger, and the way in.' },
        { name: 'usage', description: 'How much was written.' },
        { name: 'requests', description: 'What was asked, and answered.' },
        { name: 'proofs', description: 'Everything that a verifier asks for.' },
        { name: 'events', description: 'What happens, as it happens.' },
        { name: 'webhooks', description: 'What happens, sent to a URL.' },
        { name: 'mirrors', description: 'The log as static tiles.' },
        { name: 'scitt', description: 'Each service as a SCITT transparency service (SCRAPI).' },
        { name: 'bsn', description: 'For clients of the Blockchain-based Service Network.' },
        { name: 'operations', description: 'For those who run the node.' },
      ],
    },
    refResolver: { buildLocalReference: (schema) => String(schema.$id) },
    transform: ({ schema, url }) => ({
      schema: url.includes('/:ledger')
        ? withLedgerHeaders(withIntegers(schema))
        : withIntegers(schema),
      url: withNamedTail(url),
    }),
  } as FastifyDynamicSwaggerOptions
}

const securitySchemes = {
  invitation: {
    type: 'http',
    scheme: 'bearer',
    description: 'The token of an invitation to join the network (`bsn node invite`).',
  },
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key: `live_` or `test_`, then 32 random bytes in base64url.',
  },
  httpSignature: {
    type: 'apiKey',
    in: 'header',
    name: 'Signature',
    description:
      'HTTP message signature (RFC 9421) with one label, over @method, @authority, @path, ' +
      '@query, content-type and idempotency-key where they are sent, and content-digest ' +
      '(RFC 9530) where there is a body; with created, expires (at most 300 s later), nonce, ' +
      'keyid (thumbprint of a key of the credential) and alg.',
  },
} as const

type Json = { readonly [key: string]: unknown }

/** A wildcard has no name in Fastify; OpenAPI needs one. */
const withNamedTail = (url: string) => url.replace(/\*$/, ':path')

function withIntegers(schema: unknown): Json {
  const { params, querystring, ...rest } = (schema ?? {}) as { params?: Json; querystring?: Json }
  return {
    ...rest,
    ...(params ? { params: shown(params) } : {}),
    ...(querystring ? { querystring: shown(querystring) } : {}),
  }
}

/** Whatever is answered about a ledger says which one it is, of which kind, and how old that is. */
const ledgerHeaders = {
  'x-bsn-ledger': { type: 'string', description: 'Id of the ledger.' },
  'x-bsn-environment': {
    ...{ type: 'string', enum: ['live', 'sandbox'] },
    description: 'What a sandbox says may be dropped with it.',
  },
  'x-bsn-block': lastBlockHeader,
}

function withLedgerHeaders(schema: Json): Json {
  const answers = Object.entries((schema.response ?? {}) as Record<string, Json>)
  const response = Object.fromEntries(
    answers.map(([status, one]) => [
      status,
      status.startsWith('2') ? { ...one, headers: ledgerHeaders } : one,
    ]),
  )
  return { ...schema, response }
}

function shown(part: Json): Json {
  const properties = Object.entries((part.properties ?? {}) as Record<string, Json>)
  const rename = (name: string) => (name === '*' ? 'path' : name)
  return {
    ...part,
    properties: Object.fromEntries(properties.map(([name, one]) => [rename(name), integer(one)])),
    ...(part.required ? { required: (part.required as string[]).map(rename) } : {}),
  }
}

/** Checked as text, meant as a number. */
function integer(schema: Json): Json {
  if (schema.pattern !== wholeNumberPattern) return schema
  const { pattern: _, type: __, ...rest } = schema
  return { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, ...rest }
}
