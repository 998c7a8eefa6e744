import type { Abi, AbiFunction, AbiParameter } from 'viem'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import { topicParameter } from './abi.ts'
import { indexOf } from './abi-index.ts'
import { signatureOf } from './abi-signature.ts'
import { arrayOf, hasNames } from './abi-values.ts'
import type { Notices } from './notices.ts'

export type ContractDescription = {
  readonly title: string
  readonly abi: Abi
  /** Path or address of the contract at the gateway, without a slash at its end. */
  readonly base: string
  /** What is said of functions, by signature. */
  readonly notices?: Notices
}

/** The functions of an ABI, each under the name that its paths have. */
export function namedFunctions(
  abi: Abi,
): readonly { readonly name: string; readonly item: AbiFunction }[] {
  const functions = [...indexOf(abi).functions.values()]
  const count = (name: string) => functions.filter((one) => one.name === name).length
  return functions.map((item) => ({
    name: count(item.name) > 1 ? signatureOf(item) : item.name,
    item,
  }))
}

export const isRead = ({ stateMutability }: AbiFunction) =>
  stateMutability === 'view' || stateMutability === 'pure'

/**
 * OpenAPI 3.1 of one contract at the gateway: each function with the types of its arguments and
 * answers, and the contract's events and errors as schemas.
 */
export function openapiOf({ title, abi, base, notices }: ContractDescription): JsonObject {
  const paths: JsonObject = {}
  for (const { name, item } of namedFunctions(abi)) {
    const at = (verb: string) => `/${verb}/${encodeURIComponent(name)}`
    const notice = notices?.get(signatureOf(item))
    const description = notice === undefined ? {} : { description: notice }
    paths[at('call')] = { post: { ...callOf(name, item), ...description } }
    if (isRead(item)) continue
    paths[at('estimate')] = { post: { ...estimateOf(name, item), ...description } }
    paths[at('send')] = { post: { ...sendOf(name, item), ...description } }
  }
  return {
    openapi: '3.1.0',
    info: { title, version: '1', description: 'A contract of this ledger, by its own functions.' },
    servers: [{ url: base }],
    security: [{ apiKey: [] }],
    paths,
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } },
      schemas: { ...common, ...eventsOf(abi), ...errorsOf(abi) },
    },
  }
}

function callOf(name: string, item: AbiFunction): JsonObject {
  const { outputs } = item
  return {
    operationId: `call-${name}`,
    tags: ['call'],
    summary: `Asks ${signatureOf(item)}; nothing is changed.`,
    requestBody: bodyOf(item, {
      from: { ...ref('Address'), description: 'In whose name it is asked.' },
      block: { type: ['string', 'integer'], description: 'A height, or `latest`.' },
    }),
    responses: {
      200: answer('What it answered.', object({ result: resultSchema(outputs) })),
      default: problem,
    },
  }
}

function estimateOf(name: string, item: AbiFunction): JsonObject {
  return {
    operationId: `estimate-${name}`,
    tags: ['estimate'],
    summary: `Says how much gas ${signatureOf(item)} takes; nothing is changed.`,
    requestBody: bodyOf(item, {}),
    responses: { 200: answer('The gas.', object({ gas: ref('Uint') })), default: problem },
  }
}

function sendOf(name: string, item: AbiFunction): JsonObject {
  return {
    operationId: `send-${name}`,
    tags: ['send'],
    summary: `Sends a transaction with ${signatureOf(item)}.`,
    parameters: [
      {
        name: 'Idempotency-Key',
        in: 'header',
        schema: { type: 'string', maxLength: 255 },
        description: 'The same request again, through any gateway, then has one effect.',
      },
    ],
    requestBody: bodyOf(item, {
      gas: { type: 'integer', minimum: 21000, description: 'The most that it may take.' },
    }),
    responses: {
      200: answer('It was sent before, and is in a block.', ref('Sent')),
      201: answer('It is in a block.', ref('Sent')),
      default: problem,
    },
  }
}

function bodyOf(item: AbiFunction, more: JsonObject): JsonObject {
  const value =
    item.stateMutability === 'payable'
      ? { value: { ...ref('UintArgument'), description: 'What is paid, in wei.' } }
      : {}
  const properties = { args: argumentsSchema(item.inputs), ...value, ...more }
  const required = item.inputs.length > 0 ? ['args'] : []
  const schema = { type: 'object', properties, required, additionalProperties: false }
  return { required: required.length > 0, content: { 'application/json': { schema } } }
}

/** What arguments may be: an object by name, where all have names, or a list. */
export function argumentsSchema(inputs: readonly AbiParameter[]): JsonObject {
  return membersSchema(inputs, argumentSchema)
}

function membersSchema(
  parameters: readonly AbiParameter[],
  schemaOf: (parameter: AbiParameter) => JsonObject,
): JsonObject {
  const count = parameters.length
  const list: JsonObject = {
    type: 'array',
    ...(count > 0 ? { prefixItems: parameters.map(labelled(schemaOf)) } : {}),
    items: false,
    minItems: count,
    maxItems: count,
  }
  return hasNames(parameters) ? { anyOf: [objectSchema(parameters, schemaOf), list] } : list
}

const labelled =
  (schemaOf: (parameter: AbiParameter) => JsonObject) =>
  (parameter: AbiParameter): JsonObject =>
    parameter.name ? { ...schemaOf(parameter), title: parameter.name } : schemaOf(parameter)

function objectSchema(
  parameters: readonly AbiParameter[],
  schemaOf: (parameter: AbiParameter) => JsonObject,
): JsonObject {
  return object(
    Object.fromEntries(parameters.map((one) => [one.name ?? '', schemaOf(one)] as const)),
  )
}

/** A value as it is sent. */
function argumentSchema(parameter: AbiParameter): JsonObject {
  return valueSchema(parameter, {
    integer: (type) => ({
      ...ref(type.startsWith('u') ? 'UintArgument' : 'IntArgument'),
      description: type,
    }),
    address: ref('AddressArgument'),
    tuple: (components) => membersSchema(components, argumentSchema),
  })
}

/** A value as it is answered. */
export function answerSchema(parameter: AbiParameter): JsonObject {
  return valueSchema(parameter, {
    integer: (type) => ({ ...ref(type.startsWith('u') ? 'Uint' : 'Int'), description: type }),
    address: ref('Address'),
    tuple: answersSchema,
  })
}

function answersSchema(parameters: readonly AbiParameter[]): JsonObject {
  if (hasNames(parameters)) return objectSchema(parameters, answerSchema)
  return membersSchema(parameters, answerSchema)
}

/** As `decodeResult` answers. */
export function resultSchema(outputs: readonly AbiParameter[]): JsonObject {
  const [only] = outputs
  if (!only) return { type: 'null' }
  return outputs.length === 1 ? labelled(answerSchema)(only) : answersSchema(outputs)
}

type Leaves = {
  readonly integer: (type: string) => JsonObject
  readonly address: JsonObject
  readonly tuple: (components: readonly AbiParameter[]) => JsonObject
}

function valueSchema(parameter: AbiParameter, leaves: Leaves): JsonObject {
  const array = arrayOf(parameter)
  if (array) {
    const { length } = array
    const bounds = length === undefined ? {} : { minItems: length, maxItems: length }
    return { type: 'array', items: valueSchema(array.item, leaves), ...bounds }
  }
  if ('components' in parameter) return leaves.tuple(parameter.components)
  const { type } = parameter
  if (type === 'bool') return { type: 'boolean' }
  if (type === 'string') return { type: 'string' }
  if (type === 'address') return leaves.address
  if (type.includes('int')) return leaves.integer(type)
  const size = type === 'function' ? 24 : Number(type.slice('bytes'.length))
  const digits = size > 0 ? `{${2 * size}}` : '*'
  return { type: 'string', pattern: `^0x[0-9a-fA-F]${digits}$`, description: type }
}

function eventsOf(abi: Abi): JsonObject {
  const events = abi.filter((item) => item.type === 'event')
  const schemas = events.map((item) => {
    const inputs = item.inputs.map((one, i) => {
      const told = one.indexed ? topicParameter(one) : one
      return { ...told, name: one.name || String(i) }
    })
    const args = objectSchema(inputs, answerSchema)
    const schema = object({ event: { const: item.name }, args })
    return [schemaName('Event', item.name, signatureOf(item)), schema] as const
  })
  return Object.fromEntries(schemas.map(([name, schema]) => [name, schema]))
}

function errorsOf(abi: Abi): JsonObject {
  const errors = abi.filter((item) => item.type === 'error')
  return Object.fromEntries(
    errors.map((item) => [
      schemaName('Error', item.name, signatureOf(item)),
      { description: `CALL_REVERTED names it: ${item.name}(…)`, ...answersSchema(item.inputs) },
    ]),
  )
}

/** Names of components have letters, digits, points, lines: overloads are told apart by types. */
function schemaName(kind: string, name: string, signature: string): string {
  const types = signature.slice(name.length).replaceAll(/[^A-Za-z0-9]+/g, '.')
  return `${kind}.${name.replaceAll('$', '-')}${types.replace(/\.$/, '')}`
}

const ref = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` })

function object(properties: JsonObject): JsonObject {
  const required = Object.keys(properties)
  return { type: 'object', properties, required, additionalProperties: false }
}

function answer(description: string, schema: JsonValue): JsonObject {
  return { description, content: { 'application/json': { schema } } }
}

const problem: JsonObject = {
  description: 'Problem details (RFC 9457) with a code; CALL_REVERTED has the contract’s reason.',
  content: { 'application/problem+json': { schema: ref('Problem') } },
}

const uint = '^(0|[1-9][0-9]{0,77})$'
const hexadecimal = '^0x[0-9a-fA-F]{1,64}$'

const common: JsonObject = {
  Uint: { type: 'string', pattern: uint },
  Int: { type: 'string', pattern: '^(0|-?[1-9][0-9]{0,77})$' },
  UintArgument: {
    anyOf: [
      { type: 'string', pattern: uint },
      { type: 'string', pattern: hexadecimal },
      { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    ],
  },
  IntArgument: {
    anyOf: [
      { type: 'string', pattern: '^(0|-?[1-9][0-9]{0,77})$' },
      { type: 'string', pattern: hexadecimal },
      {
        type: 'integer',
        minimum: Number.MIN_SAFE_INTEGER,
        maximum: Number.MAX_SAFE_INTEGER,
      },
    ],
  },
  Address: {
    type: 'string',
    pattern: '^0x[0-9a-fA-F]{40}$',
    description: 'With its checksum (EIP-55).',
  },
  AddressArgument: {
    type: 'string',
    pattern: '^0x[0-9a-fA-F]{40}$',
    description: 'In lower case, or with its checksum (EIP-55).',
  },
  Sent: {
    type: 'object',
    required: ['transaction', 'height', 'time'],
    properties: {
      transaction: { type: 'string', description: 'Its hash.' },
      height: { type: 'integer' },
      time: { type: 'integer', description: 'Seconds since 1970.' },
      from: ref('Address'),
      to: ref('Address'),
      gasUsed: ref('Uint'),
      events: {
        type: 'array',
        items: object({
          contract: { type: 'string' },
          event: { type: 'string' },
          args: { type: 'object' },
        }),
      },
    },
  },
  Problem: {
    type: 'object',
    required: ['code', 'detail', 'status'],
    properties: {
      code: { type: 'string' },
      detail: { type: 'string' },
      status: { type: 'integer' },
    },
  },
}
