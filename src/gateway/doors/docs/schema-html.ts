import { type Html, html, prose } from './html.ts'

/** A JSON Schema as it comes out of the OpenAPI document. */
export type Schema = {
  readonly $ref?: string
  readonly type?: string
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly examples?: readonly unknown[]
  readonly format?: string
  readonly minimum?: number
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

/** Deeper than any schema of ours. */
const depthMax = 8

/** In words: `text`, `list of text`, `a | b`. */
export function typeText(schema: Schema | undefined, depth = 0): string {
  if (!schema || depth > depthMax) return ''
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? ''
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (schema.anyOf) {
    return [...new Set(schema.anyOf.map((one) => typeText(one, depth + 1)))].join(' | ')
  }
  if (schema.type === 'array') return `array of ${typeText(schema.items, depth + 1)}`
  return schema.type ?? 'any'
}

/** The members of a schema, and theirs; nothing where it has none. */
export function printSchema(schema: Schema, depth = 0): Html {
  if (depth > depthMax) return html``
  if (schema.anyOf) return html`${schema.anyOf.map((one) => printSchema(one, depth + 1))}`
  if (schema.items) return printSchema(schema.items, depth + 1)
  const members = Object.entries(schema.properties ?? {})
  if (members.length === 0) return html``
  const rows = members.map(([name, member]) => {
    const optional = schema.required?.includes(name) ? '' : ', optional'
    const type = `${typeText(member)}${optional}`
    return html`<dt><code>${name}</code> <span class="type">${type}</span></dt>
<dd>${prose(member.description ?? '')}${printSchema(member, depth + 1)}</dd>`
  })
  return html`<dl>${rows}</dl>`
}
