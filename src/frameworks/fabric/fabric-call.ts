import type { Refusal } from '../../crypto/check-statement.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { Call } from '../framework.ts'
import type { Invocation } from './transactions/proposals.ts'

/** A call of a function of a contract of a channel. */
export type FabricCall = Invocation & { readonly contract: string }

const known: readonly string[] = ['contract', 'function', 'args']
/** As many arguments no contract takes. */
const argsMax = 256

/** Reads `send` with {contract, function, args}: text alone; a refusal where it is none. */
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
  const isText = (one: unknown): one is string => typeof one === 'string'
  if (!Array.isArray(texts) || texts.length > argsMax || !texts.every(isText)) {
    return invalid(`"args" are ${argsMax} texts at most.`)
  }
  return { contract, function: called, args: texts }
}

const invalid = (detail: string): Refusal => ({ code: 'ARGUMENT_INVALID', detail })
