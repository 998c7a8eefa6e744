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
