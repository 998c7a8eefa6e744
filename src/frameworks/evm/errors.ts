import { CodedError } from '@openbsn/sdk'
import type { ErrorCatalogue } from '../../kernel/errors.ts'

/** What can go wrong with the chains of EVM services. */
export const evmErrors = {
  CHAIN_UNAVAILABLE: {
    status: 503,
    meaning: 'The chain of the service cannot be reached now. Nothing of the call has an effect.',
    remedy: 'Send it again after the time in Retry-After; operators find the reason in the log.',
  },
  CHAIN_BUSY: {
    status: 503,
    meaning: 'The chain, or this node with all its chains, has as much to do as it takes.',
    remedy: 'Send it again after the time in Retry-After, and less at one time.',
  },
  CHAIN_FATE_UNKNOWN: {
    status: 503,
    meaning: 'The call went to the chain, and no answer came back: it may have an effect.',
    remedy: 'Look for the transaction by its hash; sent again as it is, it has one effect.',
  },
  CHAIN_TIMEOUT: {
    status: 504,
    meaning: 'The chain did not answer in time.',
    remedy: 'Ask for less at one time: a shorter range, less gas.',
  },
  CHAIN_ANSWER_TOO_LARGE: {
    status: 502,
    meaning: 'The answer of the chain is larger than answers may be.',
    remedy: 'Ask for less at one time: a shorter range, a narrower filter, a smaller batch.',
  },
  CHAIN_RESTARTED: {
    status: 503,
    meaning: 'The chain began again, from its last snapshot or after sleep: subscriptions ended.',
    remedy: 'Connect and subscribe again; read what happened meanwhile, by blocks or logs.',
  },
  CALL_REVERTED: {
    status: 422,
    meaning: 'The contract refuses the call: it would revert, so that it was not sent, or it did.',
    remedy: 'The message has what the contract says; change the call, or what it depends on.',
  },
  GAS_LIMIT_EXCEEDED: {
    status: 422,
    meaning: 'The call needs more gas than it may use, or more than a block of the chain has.',
    remedy: 'Give more gas, or none so that it is estimated; or do less in one call.',
  },
  INSUFFICIENT_FUNDS: {
    status: 422,
    meaning: 'The account cannot pay the value of the transaction and its gas.',
    remedy: 'Send it funds, and send again.',
  },
  NONCE_USED: {
    status: 409,
    meaning: 'The nonce of the transaction belongs to another one of the same account.',
    remedy: 'Read the next nonce (eth_getTransactionCount, pending), sign again, send that.',
  },
  FEE_TOO_LOW: {
    status: 422,
    meaning: 'The fees of the transaction are below what the chain asks for now.',
    remedy: 'Sign it with higher fees; to replace another one, both at least an eighth higher.',
  },
  TRANSACTION_INVALID: {
    status: 400,
    meaning: 'The bytes are no signed transaction for this chain; the message says why.',
    remedy:
      'Sign it for this chain, as type 2 (EIP-1559), 0 with a chain id, 1 or 4; on Fabric sign ' +
      'the payload that POST …/proposals answers.',
  },
  ACCOUNT_FROZEN: {
    status: 403,
    meaning: 'The sender of the transaction, or what it is sent to, is frozen in this service.',
    remedy: 'The message says who froze it, in which entry of the ledger: ask them.',
  },
  INIT_CODE_TOO_LARGE: {
    status: 422,
    meaning: 'The code that makes a contract is longer than chains take (EIP-3860).',
    remedy: 'Make the contract smaller: split it, use libraries, or optimize for size.',
  },
  CHAIN_REFUSED: {
    status: 422,
    meaning: 'The chain refused a call; the message has its words.',
    remedy: 'Correct the call as the message says.',
  },
  CHAIN_GARBLED: {
    status: 502,
    meaning: 'The answer of the chain is not one to what was asked.',
    remedy: 'Tell the operator of this node: its log names the address of the chain.',
  },
  CHAIN_FULL: {
    status: 507,
    meaning: 'The sandbox is as large as sandboxes may be, so it takes no more transactions.',
    remedy: 'Go on in a new service; what is there can be read.',
  },
  CHAIN_CHANGED: {
    status: 502,
    meaning:
      'The service was on another chain before, by its chain id: a service stays on its chain.',
    remedy: 'Correct the file of chains, or make a service for the other chain.',
  },
  CONTRACT_NOT_FOUND: {
    status: 404,
    meaning: 'The service has no contract with that name or address.',
    remedy: 'List them with GET …/contracts; PUT …/contracts/{name} makes one known by its ABI.',
  },
  TRANSACTION_NOT_FOUND: {
    status: 404,
    meaning: 'The chain of the service has no transaction with that hash.',
    remedy: 'Check the hash and the service; what was just sent may take a moment to be known.',
  },
  CHAINS_FILE_INVALID: {
    status: null,
    meaning: 'The file of chains that the node was given is not one; the message has each problem.',
    remedy: 'Write it as docs/operating/evm.md says.',
  },
  CHAIN_STATE_DAMAGED: {
    status: null,
    meaning: 'No snapshot of a sandbox chain can be read any more.',
    remedy: 'Take the folder that the message names from a backup, or remove it to begin anew.',
  },
  CONTRACT_MISSING: {
    status: 422,
    meaning: 'The chain has no code at that address.',
    remedy: 'Check the address, and whether it is of this chain.',
  },
  CONTRACT_NAME_TAKEN: {
    status: 409,
    meaning: 'Another contract of the service has that name.',
    remedy: 'Choose another name; the message says which contract has it.',
  },
  CONTRACTS_TOO_MANY: {
    status: 507,
    meaning: 'The service has as many contracts with names as one may have.',
    remedy: 'Call further contracts by address, or open another service.',
  },
  SOURCE_DIFFERS: {
    status: 422,
    meaning: 'The sources compile to other code than the chain has.',
    remedy: 'Send just the sources and settings that the contract was compiled with.',
  },
  ABI_INVALID: {
    status: 400,
    meaning: 'The ABI of a contract is not one; the message says where.',
    remedy: 'Send the ABI as the compiler prints it: a list of functions, events and errors.',
  },
  CONTRACT_ANSWER_INVALID: {
    status: 502,
    meaning: 'What the contract answered is not what its ABI says.',
    remedy: 'Look whether the address is that of the contract, and the ABI that of its code.',
  },
  COMPILE_FAILED: {
    status: 422,
    meaning: 'The sources do not compile; the message has each problem with file, line, column.',
    remedy: 'Correct the sources.',
  },
  COMPILE_LIMIT: {
    status: 422,
    meaning: 'The sources need more time or memory than compiling here may take.',
    remedy: 'Compile them yourself, and send the bytecode with its ABI.',
  },
  COMPILER_UNAVAILABLE: {
    status: 503,
    meaning: 'The compiler has as much to do as it takes, or is being ended.',
    remedy: 'Send it again after the time in Retry-After.',
  },
} as const satisfies ErrorCatalogue

export type EvmErrorCode = keyof typeof evmErrors

type Options = {
  readonly retryable?: boolean
  readonly cause?: unknown
  readonly details?: Readonly<Record<string, string>>
}

/** An error of a chain, for `throw`. */
export function evmError(code: EvmErrorCode, message: string, options: Options = {}) {
  return new CodedError(code, message, options)
}
