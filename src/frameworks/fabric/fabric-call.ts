import { isCodedError } from '@openbsn/sdk'
import type { Refusal } from '../../crypto/check-statement.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import { bytesOf } from '../blocks/hex.ts'
import type { Call } from '../framework.ts'
import type { Invocation } from './transactions/proposals.ts'
import { isForUsers } from './transactions/read-header.ts'
import { type ReadTransaction, readUserTransaction } from './transactions/user-transaction.ts'

/** A call of a function of a contract of a channel. */
export type FabricCall = Invocation & { readonly contract: string }

const known: readonly string[] = ['contract', 'function', 'args']
/** As many arguments no contract takes. */
const argsMax = 256

/** Reads `send` with {contract, function, args} or {raw}; a refusal where it is none. */
export function readCall({
  function: name,
  args,
}: Pick<Call, 'function' | 'args'>): FabricCall | ReadTransaction | Refusal {
  if (name !== 'send') {
    return { code: 'FUNCTION_UNKNOWN', detail: 'Contracts of Fabric are written to by send alone.' }
  }
  return args.raw === undefined ? readInvocation(args) : readRaw(args)
}

/** A transaction that its user signed: 0x and the hex of its Envelope, and nothing beside it. */
function readRaw({ raw, ...more }: JsonObject): ReadTransaction | Refusal {
  if (typeof raw !== 'string' || Object.keys(more).length > 0) {
    return invalid('"raw": a signed transaction says all by itself.')
  }
  try {
    const read = readUserTransaction(bytesOf(raw))
    if (isForUsers(read.contract)) return read
    return { code: 'CONTRACT_UNKNOWN', detail: `There is no contract ${read.contract} for users.` }
  } catch (error) {
    if (isCodedError(error)) return { code: error.code, detail: error.message }
    throw error
  }
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
