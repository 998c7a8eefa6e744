import { exampleOf } from './example.ts'
import { type Html, html, prose } from './html.ts'
import { printPage } from './page.ts'
import { printSchema, type Schema, typeText } from './schema-html.ts'

type Content = Readonly<Record<string, { readonly schema?: Schema }>>
type Parameter = {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: Schema
}
type Operation = {
  readonly operationId?: string
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  readonly security?: readonly unknown[]
  readonly responses?: Readonly<Record<string, { description?: string; content?: Content }>>
}

/** What the page reads of an OpenAPI document. */
export type OpenapiDocument = {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly tags?: readonly { readonly name: string; readonly description?: string }[]
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components?: {
    readonly schemas?: Readonly<Record<string, Schema>>
    readonly securitySchemes?: Readonly<Record<string, { readonly description?: string }>>
  }
}

type Shown = { readonly method: string; readonly path: string; readonly operation: Operation }

/** The page of the API: everything that the document says, in one file without a script. */
export function printApiHtml(document: OpenapiDocument): string {
  const { info, tags = [], components } = document
  const groups = tags
    .map((tag) => ({ ...tag, operations: operationsOf(document, tag.name) }))
    .filter(({ operations }) => operations.length > 0)
  const nav = groups.map(
    ({ name, operations }) => html`<h2>${name}</h2><ul>${operations.map(link)}</ul>`,
  )
  const sections = groups.map(
    ({ name, description = '', operations }) =>
      html`<section><h2>${name}</h2><p>${prose(description)}</p>
${operations.map(printOperation)}</section>`,
  )
  const schemas = Object.entries(components?.schemas ?? {}).map(
    ([name, schema]) => html`<article id="schema-${name}"><h3>${name}</h3>
<p>${prose(schema.description ?? '')}</p>${printSchema(schema)}</article>`,
  )
  const main = html`<section><p>${prose(info.description ?? '')}</p></section>
${printAccess(components?.securitySchemes ?? {})}${sections}
<section><h2>Schemas</h2>${schemas}</section>`
  return printPage({ title: info.title, version: info.version, nav: html`${nav}`, main })
}

/** Each way to say who calls; what needs one says so. */
function printAccess(schemes: NonNullable<OpenapiDocument['components']>['securitySchemes']): Html {
  const ways = Object.entries(schemes ?? {}).map(
    ([name, { description = '' }]) =>
      html`<dt><code>${name}</code></dt><dd>${prose(description)}</dd>`,
  )
  return html`<section><h2>Who calls</h2><p>${prose(whoCalls)}</p><dl>${ways}</dl>
<p>In the examples:</p><pre>${variables}</pre></section>`
}

const whoCalls =
  'Calls that need a credential say so; all others answer anyone. Answers to callers say how ' +
  'much of their limits is left (`ratelimit-*`, `x-ratelimit-*`); 429 and 503 say when to come ' +
  'again (`retry-after`).'
const variables = `GATEWAY=http://127.0.0.1:8420  # the address of this page
LEDGER=bsn1…    SERVICE=shop    API_KEY=live_…
                # "ledger", "service", "apiKey" in the file of bsn credential create --api-key`

function operationsOf({ paths = {} }: OpenapiDocument, tag: string): Shown[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags?.[0] === tag)
      .map(([method, operation]) => ({ method, path, operation })),
  )
}

const link = ({ method, path, operation }: Shown) =>
  html`<li><a href="#${operation.operationId ?? ''}">${method.toUpperCase()}
${shortened(path)}</a></li>`

/** What nearly all paths begin with takes a line of its own in a narrow column. */
const shortened = (path: string) => path.replace(/^\/api\/v1(\/ledgers\/\{ledger\}(?=\/))?/, '…')

function printOperation({ method, path, operation }: Shown): Html {
  const { operationId = '', summary = '', description = '', parameters = [] } = operation
  const isSecured = operation.security !== undefined
  const [content] = Object.entries(operation.requestBody?.content ?? {})
  const body = content && ([content[0], content[1].schema ?? {}] as const)
  return html`<article id="${operationId}">
<h3><code class="method ${method}">${method}</code><code>${path}</code></h3>
<p>${prose(summary)}</p>${description === '' ? html`` : html`<p>${prose(description)}</p>`}
${isSecured ? html`<p>Needs a credential: an API key, or a signed request.</p>` : html``}
${printParameters(parameters)}${printBody(operation.requestBody?.content)}
${printAnswers(operation)}<h4>Example</h4><pre>${exampleOf({ method, path, body, isSecured })}</pre>
</article>`
}

function printParameters(parameters: readonly Parameter[]): Html {
  if (parameters.length === 0) return html``
  const rows = parameters.map(
    ({ name, in: place, required, schema, description = '' }) =>
      html`<tr><td><code>${name}</code></td>
<td class="type">${place}, ${typeText(schema)}${required ? '' : ', optional'}</td>
<td>${prose(description)}</td></tr>`,
  )
  return html`<h4>Parameters</h4><table><tbody>${rows}</tbody></table>`
}

function printBody(content: Content | undefined): Html {
  if (!content) return html``
  return html`<h4>Body</h4>${Object.entries(content).map(printContent)}`
}

function printContent([type, { schema = {} }]: [string, { readonly schema?: Schema }]): Html {
  const members = printSchema(schema)
  if (schema.$ref !== undefined) {
    const name = typeText(schema)
    return html`<div><code>${type}</code> <a href="#schema-${name}">${name}</a></div>`
  }
  if (members.text === '') return html`<div><code>${type}</code></div>`
  return html`<details><summary><code>${type}</code></summary>${members}</details>`
}

/** What the document says where nobody described an answer. */
const unsaid = 'Default Response'

function printAnswers({ responses = {} }: Operation): Html {
  const rows = Object.entries(responses).map(
    ([status, { description = '', content = {} }]) =>
      html`<tr><td><code>${status}</code></td>
<td>${prose(description === unsaid ? '' : description)}
${Object.entries(content).map(printContent)}</td></tr>`,
  )
  return html`<h4>Answers</h4><table><tbody>${rows}</tbody></table>`
}
