import type { Schema } from './schema-nodes.ts'

/** Deeper than any body of ours. */
const depthMax = 8

export type ExampleInput = {
  readonly method: string
  readonly path: string
  /** Media type and schema of the body, where there is one. */
  readonly body: readonly [type: string, schema: Schema] | undefined
  /** True where the gateway asks who calls. */
  readonly isSecured: boolean
}

/** A call that a reader can try; the page says what `$GATEWAY` and the others stand for. */
export function exampleOf({ method, path, body, isSecured }: ExampleInput): string {
  const verb = method === 'get' || (method === 'post' && body) ? '' : ` -X ${method.toUpperCase()}`
  const who = isSecured ? ' \\\n  -H "authorization: Bearer $API_KEY"' : ''
  const what = body ? ` \\\n  -H 'content-type: ${body[0]}' ${dataOf(body)}` : ''
  const filled = path.replace('{ledger}', '$LEDGER').replace('{service}', '$SERVICE')
  return `curl${verb} "$GATEWAY${filled}"${who}${what}`
}

function dataOf([type, schema]: NonNullable<ExampleInput['body']>): string {
  if (type !== 'application/json') return '--data-binary @FILE'
  return `--data '${JSON.stringify(sampleOf(schema)).replaceAll("'", '')}'`
}

/** A value of that form: the members that must be there, or the first where none must. */
export function sampleOf(schema: Schema, depth = 0): unknown {
  if (schema.examples) return schema.examples[0]
  const [choice] = schema.anyOf ?? []
  if (choice) return sampleOf(choice, depth)
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  if (schema.type === 'array' || schema.items) return [sampleOf(schema.items ?? {}, depth + 1)]
  if (schema.properties && depth < depthMax) return sampleObject(schema, depth)
  if (schema.type === 'integer' || schema.type === 'number') return schema.minimum ?? 0
  if (schema.type === 'boolean') return true
  return schema.format === 'uri' ? 'https://example.org/hook' : 'text'
}

function sampleObject({ properties = {}, required = [] }: Schema, depth: number): unknown {
  const members = Object.entries(properties)
  const needed = members.filter(([name]) => required.includes(name))
  const shown = needed.length > 0 ? needed : members.slice(0, 2)
  return Object.fromEntries(shown.map(([name, one]) => [name, sampleOf(one, depth + 1)]))
}
