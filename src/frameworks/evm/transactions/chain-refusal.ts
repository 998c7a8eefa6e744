import type { CodedError } from '@openbsn/sdk'
import type { RpcFailure } from '../chain-rpc.ts'
import { type EvmErrorCode, evmError } from '../errors.ts'

/**
 * Why a chain takes no transaction. `known`: it has it already. `nonce`: that is used. `gap`: one
 * before it is missing. `conflict`: another transaction waits with the same nonce. `fee`: what it
 * offers is too little now.
 */
export type RefusalKind = (typeof patterns)[number][0] | 'other'

export type ChainRefusal = {
  readonly kind: RefusalKind
  /** The chain's words. */
  readonly text: string
  /** What a contract returned when it reverted, in hex. */
  readonly data?: string
}

/**
 * Nodes have no common codes, so their words decide: those of anvil, geth, Erigon, Nethermind, Besu
 * and Reth. The first that fits counts.
 */
const patterns = [
  ['known', /already (imported|known)|known transaction|AlreadyKnown/i],
  ['conflict', /replac\w* .*underpriced|to replace existing|ReplacementNotAllowed/i],
  ['gap', /nonce.*(too high|too distant|gap)|gapped.nonce/i],
  ['nonce', /nonce.*(too low|already)|OldNonce/i],
  ['initCode', /init ?code/i],
  ['funds', /insufficient \w*\s?(funds|balance)|InsufficientFunds|upfront cost|lack of funds/i],
  ['gas', /gas limit|intrinsic gas|gas required|out of gas|floor data gas|gas allowance/i],
  ['fee', /underpriced|base ?fee|fee cap|FeeTooLow|gas price/i],
  ['reverted', /revert|EVM error|opcode|stack (under|over)flow|invalid jump/i],
] as const

/** JSON-RPC error 3 is a revert, whatever the contract's words are. */
const revertCode = 3

/** What an error of a chain means. */
export function chainRefusal({ code, message, data }: RpcFailure): ChainRefusal {
  const isRevert = code === revertCode || /^execution reverted/.test(message)
  const found = isRevert ? undefined : patterns.find(([, pattern]) => pattern.test(message))
  const kind = isRevert ? 'reverted' : (found?.[0] ?? 'other')
  return { kind, text: message, ...(typeof data === 'string' ? { data } : {}) }
}

const codes: Readonly<Record<RefusalKind, EvmErrorCode>> = {
  known: 'NONCE_USED',
  conflict: 'NONCE_USED',
  gap: 'NONCE_USED',
  nonce: 'NONCE_USED',
  initCode: 'INIT_CODE_TOO_LARGE',
  funds: 'INSUFFICIENT_FUNDS',
  gas: 'GAS_LIMIT_EXCEEDED',
  fee: 'FEE_TOO_LOW',
  reverted: 'CALL_REVERTED',
  other: 'CHAIN_REFUSED',
}

/** A refusal for whoever sent the transaction; `data` of CALL_REVERTED is for who has the ABI. */
export function refusalError({ kind, text, data = '0x' }: ChainRefusal): CodedError {
  const details = kind === 'reverted' ? { data } : {}
  return evmError(codes[kind], `The chain refuses the transaction: ${text}`, { details })
}
