import type { Abi, AbiFunction, AbiParameter } from 'viem'
import { topicParameter } from './abi.ts'
import { signatureOf } from './abi-signature.ts'
import { arrayOf, hasNames } from './abi-values.ts'
import { isRead, namedFunctions } from './describe.ts'
import type { Notices } from './notices.ts'

export type ClientTextOptions = {
  /** As the contract is registered. */
  readonly name: string
  readonly abi: Abi
  /** Path of the contract at a gateway, or its whole address. */
  readonly base: string
  /** What is said of functions, by signature. */
  readonly notices?: Notices
}

/**
 * A TypeScript module with a client of one contract, typed by its ABI, on `@openbsn/sdk`. Whatever
 * the names in the ABI are, nothing of them is run.
 */
export function clientOf({ name, abi, base, notices }: ClientTextOptions): string {
  const { pathname } = new URL(base, 'http://gateway.invalid')
  const ledger = /\/ledgers\/([\w-]+)\//.exec(pathname)?.[1]
  const named = namedFunctions(abi)
  const writes = named.filter(({ item }) => !isRead(item))
  const contract = pascalOf(name)
  const noticeOf = (item: AbiFunction) => notices?.get(signatureOf(item)) ?? ''
  return [
    ...headOf(name, ledger),
    ...eventTypes(contract, name, abi),
    `export interface ${contract}Contract {`,
    '  /** Asks; nothing is changed. */',
    ...typesOf('call', named, (item) => ({
      notice: noticeOf(item),
      options: 'CallWith',
      answer: answersType(item),
    })),
    '  /** How much gas a transaction takes; nothing is changed. */',
    ...typesOf('estimate', writes, (item) => ({
      options: valueOption(item, 'EstimateWith'),
      answer: '{ readonly gas: Whole }',
    })),
    '  /** Sends a transaction, and waits until it is in a block. */',
    ...typesOf('send', writes, (item) => ({
      notice: noticeOf(item),
      options: valueOption(item, 'SendWith'),
      answer: 'Sent',
    })),
    '}',
    '',
    `export function create${contract}Contract(options: ${contract}Options): ${contract}Contract {`,
    `  const ask = createAsk(options, ${JSON.stringify(pathname)})`,
    '  return {',
    ...bodiesOf('call', named),
    ...bodiesOf('estimate', writes),
    ...bodiesOf('send', writes),
    '  }',
    '}',
    '',
    ...optionsType(contract),
    ...askText(ledger, contract),
  ].join('\n')
}

type Named = ReturnType<typeof namedFunctions>[number]

/** `my-points` is MyPoints. */
function pascalOf(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter(Boolean)
  const joined = words.map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`).join('')
  return /^[A-Za-z]/.test(joined) ? joined : `The${joined}`
}

type TextOfFunction = {
  readonly notice?: string
  readonly options: string
  readonly answer: string
}

/** A notice may say anything, and still ends where its comment ends. */
const commentOf = (notice: string) => notice.replaceAll(/\s+/g, ' ').replaceAll('*/', '* /').trim()

function typesOf(
  verb: string,
  functions: readonly Named[],
  told: (item: AbiFunction) => TextOfFunction,
): string[] {
  const lines = functions.flatMap(({ name, item }) => {
    const { notice = '', options, answer } = told(item)
    const args = item.inputs.length > 0 ? `args: ${argumentsType(item.inputs)}, ` : ''
    const line = `    ${keyOf(name)}(${args}options?: ${options}): Promise<${answer}>`
    return notice === '' ? [line] : [`    /** ${commentOf(notice)} */`, line]
  })
  return [`  readonly ${verb}: {`, ...lines, '  }']
}

function bodiesOf(verb: string, functions: readonly Named[]): string[] {
  const lines = functions.map(({ name, item }) => {
    const [parameters, args] =
      item.inputs.length > 0 ? ['(args, options)', 'args'] : ['(options)', 'undefined']
    const called = `ask('${verb}', ${JSON.stringify(name)}, ${args}, options)`
    return `      ${keyOf(name)}: ${parameters} => ${called},`
  })
  return [`    ${verb}: {`, ...lines, '    },']
}

/** Unquoted, `new` would be a constructor's type. */
const keyOf = (name: string) =>
  /^[\w$]+$/.test(name) && name !== 'new' ? name : JSON.stringify(name)

const valueOption = ({ stateMutability }: AbiFunction, name: string) =>
  stateMutability === 'payable' ? `${name} & Payment` : name

function argumentsType(parameters: readonly AbiParameter[]): string {
  return membersType(parameters, (one) => valueType(one, argumentLeaves))
}

function answersType({ outputs }: AbiFunction): string {
  const [only] = outputs
  if (!only) return 'null'
  return outputs.length === 1 ? valueType(only, answerLeaves) : answerLeaves.tuple(outputs)
}

function membersType(
  parameters: readonly AbiParameter[],
  typeOf: (parameter: AbiParameter) => string,
): string {
  if (!hasNames(parameters)) return `readonly [${parameters.map(typeOf).join(', ')}]`
  const members = parameters.map((one) => `readonly ${one.name}: ${typeOf(one)}`)
  return members.length > 0 ? `{ ${members.join('; ')} }` : 'Record<string, never>'
}

type Leaves = {
  readonly whole: string
  readonly tuple: (components: readonly AbiParameter[]) => string
}

const argumentLeaves: Leaves = { whole: 'WholeArgument', tuple: argumentsType }
const answerLeaves: Leaves = {
  whole: 'Whole',
  tuple: (components) => membersType(components, (one) => valueType(one, answerLeaves)),
}

function valueType(parameter: AbiParameter, leaves: Leaves): string {
  const array = arrayOf(parameter)
  if (array) return `readonly (${valueType(array.item, leaves)})[]`
  if ('components' in parameter) return leaves.tuple(parameter.components)
  const { type } = parameter
  if (type === 'bool') return 'boolean'
  if (type === 'string') return 'string'
  return type.includes('int') ? leaves.whole : 'Hex'
}

function eventTypes(contract: string, name: string, abi: Abi): string[] {
  const events = abi.filter((item) => item.type === 'event')
  if (events.length === 0) return []
  const lines = events.map((item) => {
    const inputs = item.inputs.map((one, i) => {
      const told = one.indexed ? topicParameter(one) : one
      return { ...told, name: one.name || `'${i}'` } as AbiParameter
    })
    const args = membersType(inputs, (one) => valueType(one, answerLeaves))
    const type = `{ readonly event: '${item.name}'; readonly args: ${args} }`
    return `  /** ${signatureOf(item)} */\n  | ${type}`
  })
  return [
    `export type ${contract}Event =`,
    ...lines,
    '',
    '/** The events of that name that the contract made in a transaction. */',
    `export function eventsOf${contract}<Name extends ${contract}Event['event']>(`,
    '  { events }: Sent,',
    '  name: Name,',
    `): Extract<${contract}Event, { readonly event: Name }>[] {`,
    '  const own = events.filter(',
    `    (one) => one.contract === ${JSON.stringify(name)} && one.event === name,`,
    '  )',
    `  return own as unknown as Extract<${contract}Event, { readonly event: Name }>[]`,
    '}',
    '',
  ]
}

/** U+2028 and U+2029 end a comment as a line break does. */
const oneLine = (text: string) => JSON.stringify(text).replaceAll(/[\u2028\u2029]/g, ' ')

const headOf = (name: string, ledger: string | undefined) => [
  `// A client of the contract ${oneLine(name)}, made by OpenBSN from its ABI.`,
  '// Fetch it again when the contract has changed, instead of editing it.',
  'import {',
  '  CodedError,',
  ...(ledger ? ['  createGatewayFetch,'] : []),
  '  newIdempotencyKey,',
  "} from '@openbsn/sdk'",
  '',
  '/** Bytes or an address in hexadecimal digits after 0x. */',
  `export type Hex = \`0x\${string}\``,
  '/** A whole number of any size as decimal text: BigInt(text) has its value. */',
  'export type Whole = string',
  '/** Decimal text, 0x text, a bigint, or a number up to 2^53 - 1. */',
  'export type WholeArgument = string | number | bigint',
  '',
  'export type EstimateWith = { readonly signal?: AbortSignal }',
  'export type CallWith = EstimateWith & { readonly from?: Hex; readonly block?: string | number }',
  '/** With the same key again, through any gateway, it has one effect; made here where absent. */',
  'export type SendWith = EstimateWith & {',
  '  readonly gas?: number',
  '  readonly idempotencyKey?: string',
  '}',
  '/** What is paid, in wei. */',
  'export type Payment = { readonly value?: WholeArgument }',
  'export type Emitted = {',
  '  readonly contract: string',
  '  readonly event: string',
  '  readonly args: Readonly<Record<string, unknown>>',
  '}',
  '/** In a block. `time` in seconds since 1970; `request` is its Idempotency-Key. */',
  'export type Sent = {',
  '  readonly transaction: Hex',
  '  readonly height: number',
  '  readonly time: number',
  '  readonly from: Hex',
  '  readonly to: Hex',
  '  readonly gasUsed: Whole',
  '  readonly events: readonly Emitted[]',
  '  readonly request: string',
  '}',
  '',
]

const optionsType = (contract: string) => [
  `export type ${contract}Options = {`,
  '  /** Base address of the gateway, such as https://gateway.example.org. */',
  '  readonly gateway: string',
  '  readonly apiKey: string',
  '  readonly fetch?: typeof fetch',
  '  /** Of one request, until its answer is read; 60 s where absent. */',
  '  readonly timeoutMs?: number',
  '}',
  '',
]

const askText = (ledger: string | undefined, contract: string) => [
  'type Asked = EstimateWith & Payment & {',
  '  readonly from?: Hex',
  '  readonly block?: string | number',
  '  readonly gas?: number',
  '  readonly idempotencyKey?: string',
  '}',
  '',
  `function createAsk(options: ${contract}Options, path: string) {`,
  '  const { gateway, apiKey, fetch: given, timeoutMs = 60_000 } = options',
  ledger === undefined
    ? '  const doFetch = given ?? fetch'
    : `  const doFetch = given ?? createGatewayFetch({ ledger: ${JSON.stringify(ledger)} })`,
  ...askBody,
]

const askBody = `  const base = gateway.replace(/\\/+$/, '') + path

  /** @throws CodedError with the gateway's code; \`details.request\` has the Idempotency-Key */
  return async <T>(verb: string, name: string, args: unknown, asked: Asked = {}): Promise<T> => {
    const { signal, idempotencyKey = newIdempotencyKey(), ...more } = asked
    const request = verb === 'send' ? { request: idempotencyKey } : {}
    const key = \`"\${idempotencyKey.replace(/["\\\\]/g, '\\\\$&')}"\`
    const late = AbortSignal.timeout(timeoutMs)
    const noAnswer = (cause: unknown): never => {
      signal?.throwIfAborted()
      const fate = verb === 'send' ? { fate: 'unknown' } : {}
      throw new CodedError('GATEWAY_UNREACHABLE', \`\${gateway} gives no answer.\`, {
        retryable: true,
        details: { ...fate, ...request },
        cause,
      })
    }
    const response = await doFetch(\`\${base}/\${verb}/\${encodeURIComponent(name)}\`, {
      method: 'POST',
      headers: {
        authorization: \`Bearer \${apiKey}\`,
        'content-type': 'application/json',
        ...(verb === 'send' ? { 'idempotency-key': key } : {}),
      },
      body: JSON.stringify({ args, ...more }, (_, value) =>
        typeof value === 'bigint' ? value.toString() : value,
      ),
      // Whoever a redirect leads to was not asked for: no key goes there.
      redirect: 'error',
      signal: signal ? AbortSignal.any([signal, late]) : late,
    }).catch(noAnswer)
    // An answer that breaks off is none.
    const broken = response.ok ? noAnswer : () => ({})
    const answer = (await response.json().catch(broken)) as Readonly<Record<string, unknown>>
    if (response.ok) return (verb === 'call' ? answer.result : { ...answer, ...request }) as T
    const { code = 'GATEWAY_ANSWER_INVALID', detail = \`HTTP \${response.status}\` } = answer
    throw new CodedError(String(code), String(detail), {
      retryable: [429, 502, 503, 504].includes(response.status),
      details: { status: response.status, ...request },
    })
  }
}
`.split('\n')
