import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { printOpenapi } from './print-openapi.ts'

type Json = Readonly<Record<string, unknown>>
type Parameter = { readonly in: string; readonly name: string; readonly required?: boolean }
type Operation = Json & { readonly operationId: string; readonly parameters?: Parameter[] }

/** Every value of these names, wherever it stands. */
function* valuesOf(value: unknown, name: string): Generator<unknown> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    if (key === name) yield inner
    yield* valuesOf(inner, name)
  }
}

/** By the OpenAPI Specification 3.1.0, section 4.8: which fields objects have, and which must. */
const fields: Readonly<Record<string, readonly [needed: string[], others: string[]]>> = {
  document: [
    ['openapi', 'info', 'paths'],
    ['components', 'tags', 'servers', 'security'],
  ],
  operation: [
    ['responses'],
    ['operationId', 'summary', 'description', 'tags', 'parameters', 'requestBody', 'security'],
  ],
  parameter: [
    ['name', 'in', 'schema'],
    ['required', 'description'],
  ],
  response: [['description'], ['content', 'headers']],
  media: [[], ['schema', 'example', 'examples']],
}

function requireFields(kind: string, object: object, where: string): void {
  const [needed, others] = fields[kind] ?? assert.fail(kind)
  const names = Object.keys(object)
  for (const name of needed) assert.ok(names.includes(name), `${where} has ${name}`)
  const strange = names.filter((name) => ![...needed, ...others].includes(name))
  assert.deepEqual(strange, [], where)
}

function requireResponse(status: string, response: Json, where: string): void {
  assert.match(status, /^([1-5](\d\d|XX)|default)$/, where)
  if ('$ref' in response) return
  requireFields('response', response, where)
  for (const media of Object.values(response.content ?? {})) {
    requireFields('media', media as object, where)
  }
}

describe('the OpenAPI document', () => {
  let document: Json & { readonly paths: Record<string, Record<string, Operation>> }
  before(async () => {
    document = JSON.parse(await printOpenapi('1.0.0'))
  })
  const operations = () =>
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
    )

  it('has the fields that OpenAPI 3.1 knows, and those that it asks for', () => {
    assert.match(String(document.openapi), /^3\.1\.\d+$/)
    requireFields('document', document, 'the document')
    for (const { path, method, operation } of operations()) {
      const where = `${method} ${path}`
      assert.match(path, /^\//, where)
      assert.match(method, /^(get|put|post|delete|patch|head|options)$/, where)
      requireFields('operation', operation, where)
      for (const one of operation.parameters ?? []) {
        requireFields('parameter', one, where)
        assert.match(one.in, /^(path|query|header|cookie)$/, where)
      }
      for (const [status, response] of Object.entries(
        operation.responses as Record<string, Json>,
      )) {
        requireResponse(status, response, `${where} ${status}`)
      }
    }
  })

  it('names every part of a path as a parameter, and no other', () => {
    for (const { path, operation } of operations()) {
      const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name)
      const declared = (operation.parameters ?? []).filter((one) => one.in === 'path')
      assert.deepEqual(declared.map(({ name }) => name).toSorted(), inPath.toSorted(), path)
      assert.ok(
        declared.every(({ required }) => required === true),
        path,
      )
    }
  })

  it('has schemas of JSON Schema 2020-12, and references that lead somewhere', () => {
    const ajv = new Ajv2020({ strict: false })
    let count = 0
    for (const schema of valuesOf(document, 'schema')) {
      assert.ok(ajv.validateSchema(schema as object), ajv.errorsText(ajv.errors))
      count++
    }
    assert.ok(count > 100, `${count} schemas`)
    for (const reference of valuesOf(document, '$ref')) {
      const [, ...steps] = String(reference).split('/')
      const found = steps.reduce<unknown>((inner, step) => (inner as Json)?.[step], document)
      assert.ok(found, String(reference))
    }
  })
})
