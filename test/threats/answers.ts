import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Answer } from './drive.ts'
import type { Document } from './operations.ts'

/** Says what is wrong with an answer by the OpenAPI document; undefined where nothing is. */
export function answerChecker(document: Document): (answer: Answer) => string | undefined {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  const validators = new Map<object, ValidateFunction>()
  ajv.addSchema({ $id: 'document', components: closed(document.components) })
  return ({ operation, status, type, body }) => {
    const { responses, operationId } = operation
    const described = responses[status] ?? responses[`${Math.floor(status / 100)}XX`]
    const what = `${operationId} ${status} ${type}`
    if (!described) return `${what}: no such status`
    if (!described.content) return body.length === 0 ? undefined : `${what}: has a body`
    const schema = described.content[type]?.schema
    if (!schema) return `${what}: no such type`
    if (!type.endsWith('json')) return undefined
    const validate = validators.get(schema) ?? ajv.compile(closed(schema))
    validators.set(schema, validate)
    if (validate(JSON.parse(body.toString()))) return undefined
    return `${what}: ${ajv.errorsText(validate.errors)}`
  }
}

/** As a reader takes a schema who counts on it: what it does not name is not there. */
function closed(schema: object): object {
  const text = JSON.stringify(schema).replaceAll('"#/components', '"document#/components')
  return JSON.parse(text, (_name, value) =>
    value?.type === 'object' && value.properties
      ? { additionalProperties: false, ...value }
      : value,
  )
}
