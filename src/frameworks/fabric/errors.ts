import { CodedError } from '@openbsn/sdk'
import type { ErrorCatalogue } from '../../kernel/errors.ts'
import { packageErrors } from './packages/errors.ts'

/** What can go wrong with Fabric on a node. */
export const fabricErrors = {
  CONTRACT_REFUSED: {
    status: 422,
    meaning: 'The contract refuses the call; the message has what it says. Nothing has changed.',
    remedy: 'Change the call, or what it depends on.',
  },
  CONTRACT_UNKNOWN: {
    status: 404,
    meaning: 'The channel of the service has no contract with that name.',
    remedy: 'Check the name; a contract is there once enough organisations have agreed to it.',
  },
  CONTRACT_PACKAGE_UNKNOWN: {
    status: null,
    meaning: 'A service is to have a contract of a package that this node does not have.',
    remedy: 'Send it (`bsn contract define … --archive FILE`), or use one of the presets.',
  },
  CONTRACT_LOG_REFUSED: {
    status: 403,
    meaning:
      'The log of a contract is for the publisher of its service, and only where its package ' +
      'runs for that service alone; a preset never does.',
    remedy:
      'Ask with a credential of the publisher; define the contract with a package of its own: ' +
      'one file more in the archive makes it another.',
  },
  FABRIC_PORTS_TAKEN: {
    status: null,
    meaning: 'No port is free for a program of Fabric.',
    remedy: 'End what listens on the ports that the message names.',
  },
  TRANSACTION_CONFLICT: {
    status: 409,
    meaning: 'Again and again another transaction had changed first what this one had read.',
    remedy: 'Send it again under another Idempotency-Key; write to one key less often at a time.',
  },
  TRANSACTION_REFUSED: {
    status: 422,
    meaning: 'The peers put the transaction into a block and refused it; the message says why.',
    remedy: 'Such as too few endorsements: the rule of the contract says whose are needed.',
  },
  FABRIC_CHANNELS_INVALID: {
    status: null,
    meaning: 'The file of channels of existing networks is not as it must be.',
    remedy: 'Correct what the message names; docs/operating/fabric.md shows such a file.',
  },
  CERTIFICATE_REQUEST_INVALID: {
    status: 422,
    meaning: 'The request for a certificate (PKCS #10) cannot be taken; the message says why.',
    remedy: 'A key of P-256, ECDSA with SHA-256, signed by that very key, the name as registered.',
  },
  PROPOSAL_INVALID: {
    status: 422,
    meaning:
      'The signed proposal is not one that can be submitted; the message says what is wrong.',
    remedy: 'Sign one for this channel with the key of the certificate that was issued last.',
  },
  TRANSACTION_UNKNOWN: {
    status: 404,
    meaning: 'The channel of the service has no such transaction, or no such block.',
    remedy: 'Check the id; a transaction that was just sent is there a moment later.',
  },
  FABRIC_ENROLL_FAILED: {
    status: 503,
    meaning: 'The certificate authority of this organisation did not issue a certificate.',
    remedy:
      'The message has its words; its log is engines/fabric-ca/engine.log in the folder `fabric`.',
  },
  FABRIC_STEP_FAILED: {
    status: null,
    meaning: 'A step of making a channel or a contract of Fabric failed; the message names it.',
    remedy: 'Correct what the message says, and begin again: finished steps are not repeated.',
  },
  ...packageErrors,
} as const satisfies ErrorCatalogue

type Options = { readonly retryable?: boolean; readonly cause?: unknown }

/** An error of Fabric, for `throw`. */
export function fabricError(
  code: keyof typeof fabricErrors | 'FUNCTION_UNKNOWN' | 'TRANSACTION_INVALID',
  message: string,
  options: Options = {},
): CodedError {
  return new CodedError(code, message, options)
}
