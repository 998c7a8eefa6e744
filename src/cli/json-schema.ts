/** A JSON Schema (2020-12) as plain data: commands print by it, tests and the reference read it. */
export type JsonSchema = { readonly [key: string]: unknown }

export const text: JsonSchema = { type: 'string' }
export const whole: JsonSchema = { type: 'integer', minimum: 0 }
export const flag: JsonSchema = { type: 'boolean' }
export const anything: JsonSchema = {}

/** An object with just these members; names that end in `?` may be absent. */
export function object(members: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const names = Object.keys(members)
  const properties = Object.fromEntries(names.map((name) => [bare(name), members[name]]))
  const required = names.filter((name) => !name.endsWith('?'))
  return { type: 'object', properties, required, additionalProperties: false }
}

/** An array, every item of which is of one form. */
export function list(items: JsonSchema): JsonSchema {
  return { type: 'array', items }
}

const bare = (name: string) => name.replace(/\?$/, '')
