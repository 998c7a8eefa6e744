import { parseArgs } from 'node:util'
import { nearest } from '../kernel/nearest.ts'
import { type Command, globalOptions, type OptionSpec } from './command.ts'
import { cliFailure, type Failure } from './failure.ts'

/** A command's options and operands after every check that needs no file. */
export interface Arguments {
  readonly operands: readonly string[]
  /** True where the flag was given. */
  has(option: string): boolean
  /** Flag, else environment, else default. */
  optional(option: string): string | undefined
  /** For options that are declared `required` or have a default, and for those alone. */
  value(option: string): string
  values(option: string): readonly string[]
  operand(place: number): string
}

type Values = Readonly<Record<string, readonly (string | true)[]>>
type Parsed = { readonly arguments: Arguments } | { readonly failure: Failure }

/** Checks `argv`, the words after the command's name, against what the command declares. */
export function parseArguments(
  argv: readonly string[],
  command: Command,
  env: Readonly<Record<string, string | undefined>>,
): Parsed {
  const specs: Readonly<Record<string, OptionSpec>> = { ...command.options, ...globalOptions }
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { type }]) => [name, { type, multiple: true }]),
  )
  const { tokens, positionals } = parseArgs({
    args: expandShort(argv),
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const values: Record<string, (string | true)[]> = {}
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const failure = checkOption(token, specs, values)
    if (failure) return { failure }
    values[token.name] = [...(values[token.name] ?? []), token.value ?? true]
  }
  const parsed = createArguments(positionals, values, specs, env)
  const failure = findMissing(parsed, specs, command)
  return failure ? { failure } : { arguments: parsed }
}

const shortNames: Readonly<Record<string, string>> = {
  '-h': '--help',
  '-q': '--quiet',
  '-v': '--verbose',
}

function expandShort(argv: readonly string[]): string[] {
  const end = argv.indexOf('--')
  return argv.map((word, i) => (end === -1 || i < end ? (shortNames[word] ?? word) : word))
}

type OptionToken = {
  readonly name: string
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

function checkOption(
  { name, rawName, value, inlineValue }: OptionToken,
  specs: Readonly<Record<string, OptionSpec>>,
  before: Values,
): Failure | undefined {
  const spec = Object.hasOwn(specs, name) ? specs[name] : undefined
  if (!spec) {
    const guess = nearest(name, Object.keys(specs))
    const hint = guess === undefined ? '' : ` Did you mean --${guess}?`
    return cliFailure('CLI_OPTION_UNKNOWN', `There is no option ${rawName} here.${hint}`)
  }
  if (spec.type === 'boolean' && value !== undefined) {
    return cliFailure('CLI_OPTION_INVALID', `--${name} takes no value.`)
  }
  if (spec.type === 'string') {
    const wrong = whyNoValue(name, spec, value, inlineValue)
    if (wrong !== undefined) return cliFailure('CLI_OPTION_INVALID', wrong)
  }
  if (spec.type === 'string' && !spec.many && before[name]) {
    return cliFailure('CLI_OPTION_INVALID', `--${name} was given twice.`)
  }
  return undefined
}

function whyNoValue(
  name: string,
  spec: OptionSpec,
  value: string | undefined,
  isInline = false,
): string | undefined {
  // What begins as a number does is a value: no option has such a name.
  const looksLikeOption = value !== undefined && /^-[^0-9.]/.test(value)
  if (value !== undefined && (isInline || !looksLikeOption)) return undefined
  const how = looksLikeOption ? `; one that begins with - is written --${name}=${value}` : ''
  return `--${name} needs a value: --${name} ${spec.value ?? 'VALUE'}${how}`
}

function createArguments(
  operands: readonly string[],
  values: Values,
  specs: Readonly<Record<string, OptionSpec>>,
  env: Readonly<Record<string, string | undefined>>,
): Arguments {
  const given = (option: string) => (values[option] ?? []).map(String)
  const optional = (option: string) => {
    const spec = specs[option]
    const fromEnv = spec?.env === undefined ? undefined : env[spec.env] || undefined
    return given(option)[0] ?? fromEnv ?? spec?.default
  }
  return {
    operands,
    has: (option) => values[option] !== undefined,
    optional,
    value: (option) => optional(option) ?? '',
    values: given,
    operand: (place) => operands[place] ?? '',
  }
}

function findMissing(
  parsed: Arguments,
  specs: Readonly<Record<string, OptionSpec>>,
  { operands = [] }: Command,
): Failure | undefined {
  // Help is shown whatever else is missing.
  if (parsed.has('help')) return undefined
  for (const [name, { required, value }] of Object.entries(specs)) {
    if (!required || parsed.optional(name) !== undefined) continue
    return cliFailure('CLI_OPTION_MISSING', `--${name} ${value ?? ''} is needed.`)
  }
  const missing = operands.find(({ required }, place) => required && !parsed.operands[place])
  if (missing) return cliFailure('CLI_OPERAND_MISSING', `${missing.name} is needed.`)
  const extra = parsed.operands[operands.length]
  if (extra === undefined || operands.at(-1)?.many) return undefined
  return cliFailure('CLI_OPERAND_UNEXPECTED', `"${extra}" is one name or file too many.`)
}
