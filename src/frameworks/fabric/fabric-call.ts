import type { Refusal } from '../../crypto/check-statement.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { Call } from '../framework.ts'
import type { Invocation } from './transactions/proposals.ts'

/** A call of a function of a contract of a channel. */
export type FabricCall = Invocation & { readonly contract: string }

const known: readonly string[] = ['contract', 'function', 'args']
/** As many arguments no contract takes. */
const argsMax = 256

/** Reads `send` with {contract, function, args}; a refusal where it is none. */
export function readCall({ function: name, args }: Pick<Call, 'function' | 'args'>) {
  if (name !== 'send') {
    const detail = 'Contracts of Fabric are written to by send alone.'
    return { code: 'FUNCTION_UNKNOWN', detail } satisfies Refusal
  }
  return readInvocation(args)
}

/** As `readCall`, of what is asked. */
export function readInvocation(args: JsonObject): FabricCall | Refusal {
  const odd = Object.keys(args).find((field) => !known.includes(field))
  if (odd !== undefined) return invalid(`${JSON.stringify(odd)} is not known.`)
  const { contract, function: called, args: texts = [] } = args
  if (typeof contract !== 'string' || contract === '') return invalid('"contract" is its name.')
  if (typeof called !== 'string' || called === '') return invalid('"function" is its name.')
  if (!Array.isArray(texts) || texts.length > argsMax) {
    return invalid(`"args" are a list of ${argsMax} at most.`)
  }
  return { contract, function: called, args: texts.map(textOf) }
}

/** Contracts take text: what is none goes to them as JSON. */
const textOf = (value: JsonValue) => (typeof value === 'string' ? value : JSON.stringify(value))

const invalid = (detail: string): Refusal => ({ code: 'ARGUMENT_INVALID', detail })
