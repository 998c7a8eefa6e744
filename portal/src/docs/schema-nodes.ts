import { type DocsNode, prose } from './nodes.ts'

/** A JSON Schema as it stands in an OpenAPI document. */
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
export function schemaNodes(schema: Schema, depth = 0): DocsNode[] {
  if (depth > depthMax) return []
  if (schema.anyOf) return schema.anyOf.flatMap((one) => schemaNodes(one, depth + 1))
  if (schema.items) return schemaNodes(schema.items, depth + 1)
  const members = Object.entries(schema.properties ?? {})
  if (members.length === 0) return []
  const rows = members.flatMap(([name, member]): DocsNode[] => {
    const optional = schema.required?.includes(name) ? '' : ', optional'
    const type = `${typeText(member)}${optional}`
    return [
      ['dt', 0, ['code', 0, name], ' ', ['span', { kind: 'type' }, type]],
      ['dd', 0, ...prose(member.description ?? ''), ...schemaNodes(member, depth + 1)],
    ]
  })
  return [['dl', 0, ...rows]]
}
