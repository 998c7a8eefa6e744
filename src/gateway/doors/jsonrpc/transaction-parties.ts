import { evmError } from '../../../frameworks/evm/errors.ts'
import type { Parties } from '../../../frameworks/evm/screen.ts'
import { readTransaction } from '../../../frameworks/evm/transactions/read-transaction.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'

/** Whom a call is from and to that sends a transaction. @throws TRANSACTION_INVALID */
export type ReadParties = (params: readonly JsonValue[], chainId: number) => Parties

/** Of `eth_sendRawTransaction`. */
export const signedParties: ReadParties = ([raw], chainId) =>
  readTransaction(typeof raw === 'string' ? raw : '', { chainId })

/** Of `eth_sendTransaction`: an engine takes its first account where none is named. */
export const askedParties: ReadParties = ([fields]) => {
  const isObject = typeof fields === 'object' && fields !== null && !Array.isArray(fields)
  const { from, to = null } = isObject ? (fields as JsonObject) : {}
  return { from: addressOf(from, 'from'), to: to === null ? undefined : addressOf(to, 'to') }
}

const addressPattern = /^0x[0-9a-f]{40}$/i

function addressOf(value: JsonValue | undefined, name: string): string {
  if (typeof value === 'string' && addressPattern.test(value)) return value
  const message = `${name}: an address must be given, as 0x and 40 digits: some are frozen here.`
  throw evmError('TRANSACTION_INVALID', message)
}
