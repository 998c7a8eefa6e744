import { exampleOf } from './example.ts'
import { type DocsEntry, type DocsNode, type DocsPage, prose } from './nodes.ts'
import { type Schema, schemaNodes, typeText } from './schema-nodes.ts'

type Content = Readonly<Record<string, { readonly schema?: Schema }>>
type Parameter = {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: Schema
}
type Operation = {
  readonly operationId: string
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  readonly security?: readonly unknown[]
  readonly responses?: Readonly<Record<string, { description?: string; content?: Content }>>
}

/** What pages read of an OpenAPI document. */
export type OpenapiDocument = {
  readonly info: { readonly title: string; readonly description?: string }
  readonly tags?: readonly { readonly name: string; readonly description?: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components?: {
    readonly schemas?: Readonly<Record<string, Schema>>
    readonly securitySchemes?: Readonly<Record<string, { readonly description?: string }>>
  }
}

/** The page of the whole, by whose name those of its parts begin. */
export type ApiPlace = DocsEntry & {
  /** Where a gateway serves the document. */
  readonly path: string
}

type Shown = { readonly method: string; readonly path: string; readonly operation: Operation }

/** A page for the whole, with every operation by name, and one for each of its parts. */
export function apiPages(document: OpenapiDocument, place: ApiPlace): DocsPage[] {
  const { page, title, group } = place
  const parts = (document.tags ?? [])
    .map((tag) => ({ ...tag, operations: operationsOf(document, tag.name) }))
    .filter(({ operations }) => operations.length > 0)
  const names = parts.flatMap(({ name, operations }): DocsNode[] => [
    ['h2', { id: name }, name],
    ['ul', 0, ...operations.map((one) => nameOf(one, `${page}-${name}`))],
  ])
  const nodes = [...aboutNodes(document, place), ...names, ...namedSchemas(document)]
  const whole = { page, title, group, nodes }
  const each = parts.map(({ name, description = '', operations }) => ({
    ...{ page: `${page}-${name}`, title: name, group },
    nodes: [
      ['p', 0, ...prose(description)] as const,
      ...operations.flatMap((one) => operationNodes(one, page)),
    ],
  }))
  return [whole, ...each]
}

function operationsOf({ paths }: OpenapiDocument, tag: string): Shown[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags?.[0] === tag)
      .map(([method, operation]) => ({ method, path, operation })),
  )
}

function nameOf({ method, path, operation }: Shown, page: string): DocsNode {
  const { operationId, summary = '' } = operation
  const link: DocsNode = ['a', { page, hash: operationId }, `${method.toUpperCase()} ${path}`]
  return ['li', 0, link, ['br', 0], ...prose(summary)]
}

/** Each way to say who calls; what needs one says so. */
function aboutNodes({ info, components }: OpenapiDocument, { path }: ApiPlace): DocsNode[] {
  const ways = Object.entries(components?.securitySchemes ?? {}).flatMap(
    ([name, { description = '' }]): DocsNode[] => [
      ['dt', 0, ['code', 0, name]],
      ['dd', 0, ...prose(description)],
    ],
  )
  const about: DocsNode[] = [
    ['p', 0, ...prose(info.description ?? '')],
    ['p', 0, 'For programs: ', ['a', { path }, path]],
  ]
  if (ways.length === 0) return about
  return [
    ...about,
    ['h2', { id: 'who-calls' }, 'Who calls'],
    ['p', 0, ...prose(whoCalls)],
    ['dl', 0, ...ways],
    ['h2', { id: 'examples' }, 'In the examples'],
    ['pre', { kind: 'sh' }, variables],
  ]
}

const whoCalls =
  'Calls that need a credential say so; all others answer anyone. Answers to callers say how ' +
  'much of their limits is left (`ratelimit-*`, `x-ratelimit-*`); 429 and 503 say when to come ' +
  'again (`retry-after`).'
const variables = `GATEWAY=http://127.0.0.1:8420  # the address of this page
LEDGER=bsn1…    SERVICE=shop    API_KEY=live_…
                # "ledger", "service", "apiKey" in the file of bsn credential create --api-key`

function namedSchemas({ components }: OpenapiDocument): DocsNode[] {
  const schemas = Object.entries(components?.schemas ?? {})
  if (schemas.length === 0) return []
  const named = schemas.flatMap(([name, schema]): DocsNode[] => [
    ['h3', { id: schemaId(name) }, name],
    ['p', 0, ...prose(schema.description ?? '')],
    ...schemaNodes(schema),
  ])
  return [['h2', { id: 'schemas' }, 'Schemas'], ...named]
}

const schemaId = (name: string) => `schema-${name.toLowerCase()}`

function operationNodes({ method, path, operation }: Shown, whole: string): DocsNode[] {
  const { operationId, summary = '', description = '' } = operation
  const isSecured = operation.security !== undefined
  const [content] = Object.entries(operation.requestBody?.content ?? {})
  const body = content && ([content[0], content[1].schema ?? {}] as const)
  const told = [summary, description, isSecured ? needsCredential : ''].filter(Boolean)
  return [
    ['h2', { id: operationId }, ['code', { kind: method }, method.toUpperCase()], ` ${path}`],
    ...told.map((text): DocsNode => ['p', 0, ...prose(text)]),
    ...parameterNodes(operation.parameters ?? []),
    ...(content ? [['h4', 0, 'Body'] as const] : []),
    ...Object.entries(operation.requestBody?.content ?? {}).map((one) => contentNode(one, whole)),
    ...answerNodes(operation, whole),
    ['h4', 0, 'Example'],
    ['pre', { kind: 'sh' }, exampleOf({ method, path, body, isSecured })],
  ]
}

const needsCredential = 'Needs a credential: an API key, or a signed request.'

function parameterNodes(parameters: readonly Parameter[]): DocsNode[] {
  if (parameters.length === 0) return []
  const rows = parameters.flatMap(
    ({ name, in: place, required, schema, description = '' }): DocsNode[] => {
      const type = `${place}, ${typeText(schema)}${required ? '' : ', optional'}`
      return [
        ['dt', 0, ['code', 0, name], ' ', ['span', { kind: 'type' }, type]],
        ['dd', 0, ...prose(description)],
      ]
    },
  )
  return [
    ['h4', 0, 'Parameters'],
    ['dl', 0, ...rows],
  ]
}

function contentNode([type, { schema = {} }]: [string, Content[string]], whole: string): DocsNode {
  const name: DocsNode = ['code', 0, type]
  if (schema.$ref !== undefined) {
    const text = typeText(schema)
    return ['p', 0, name, ' ', ['a', { page: whole, hash: schemaId(text) }, text]]
  }
  const members = schemaNodes(schema)
  if (members.length === 0) return ['p', 0, name]
  return ['details', 0, ['summary', 0, name], ...members]
}

/** What the document says where nobody described an answer. */
const unsaid = 'Default Response'

function answerNodes({ responses = {} }: Operation, whole: string): DocsNode[] {
  const rows = Object.entries(responses).flatMap(
    ([status, { description = '', content = {} }]): DocsNode[] => [
      ['dt', 0, ['code', 0, status]],
      [
        'dd',
        0,
        ...prose(description === unsaid ? '' : description),
        ...Object.entries(content).map((one) => contentNode(one, whole)),
      ],
    ],
  )
  return [
    ['h4', 0, 'Answers'],
    ['dl', 0, ...rows],
  ]
}
