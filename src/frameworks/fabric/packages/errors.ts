import { CodedError } from '@openbsn/sdk'
import type { ErrorCatalogue } from '../../../kernel/errors.ts'

/** What can go wrong with a package of a publisher, on its way to a contract that runs. */
export const packageErrors = {
  PACKAGE_UNREADABLE: {
    status: 400,
    meaning: 'The package is not one whole .tar.gz, or has bytes before or after it.',
    remedy: 'Pack it anew, such as by `tar -czf contract.tgz -C FOLDER .`, and upload all of it.',
  },
  PACKAGE_TOO_LARGE: {
    status: 413,
    meaning: 'The package has more bytes or files than is allowed, packed or unpacked.',
    remedy: 'The message has the limit; leave out node_modules, build results and data.',
  },
  PACKAGE_DIGEST_WRONG: {
    status: 400,
    meaning: 'The bytes that were sent are not those of the package that the path names.',
    remedy: 'Send the file whose SHA-256 the contract was defined with, all of it.',
  },
  PACKAGE_BUSY: {
    status: 503,
    meaning: 'As many packages are being sent to this node as it takes at a time.',
    remedy: 'Send it again in a moment.',
  },
  PACKAGE_NOT_SENT: {
    status: null,
    meaning: 'No city node of the service took the package of the contract; the message says why.',
    remedy:
      'Start the nodes, or define the contract again with the same --archive: it is sent anew.',
  },
  PACKAGE_UNWANTED: {
    status: 404,
    meaning: 'No contract of a service that this node is on is defined with that package.',
    remedy:
      'Define the contract first (`bsn contract define`), and send it to nodes of the service.',
  },
  PACKAGE_NAME_REFUSED: {
    status: 400,
    meaning:
      'A name in the package leads out of it, is there twice, or not all systems can have it.',
    remedy: 'Name the file anew: relative, without .., and not like another but for case.',
  },
  PACKAGE_ENTRY_REFUSED: {
    status: 400,
    meaning: 'The package has something that is neither a file nor a folder, such as a link.',
    remedy: 'Put the file itself in its place: `tar --dereference` does so.',
  },
  PACKAGE_KIND_UNKNOWN: {
    status: 422,
    meaning: 'The package is of no kind that can be built, or does not say enough about itself.',
    remedy:
      'Bring a package.json with fabric-contract-api or fabric-shim, or a go.mod, at the top.',
  },
  PACKAGE_LOCK_MISSING: {
    status: 422,
    meaning: 'The package does not pin what it depends on, so no two builds need be the same.',
    remedy: 'Add package-lock.json (`npm install`), or go.sum (`go mod tidy`), and pack it anew.',
  },
  PACKAGE_TOOL_MISSING: {
    status: 503,
    meaning: 'What builds packages of this kind is not on this node.',
    remedy: 'Ask the operator to install what the message names, or choose another city node.',
  },
  PACKAGE_BUILD_FAILED: {
    status: 422,
    meaning:
      'A step of the build failed; the message has its name and the last words. Nothing is left.',
    remedy: 'Correct what the message says; each step can be repeated at home.',
  },
  PACKAGE_BUILD_STOPPED: {
    status: 503,
    meaning: 'The build was stopped before its end, such as by a restart. Nothing is left of it.',
    remedy: 'Begin it again.',
  },
  CONTRACT_NOT_STARTED: {
    status: 422,
    meaning: 'The contract was built and does not come up; the message has what it says last.',
    remedy: 'Look at the log of the contract; correct it, and publish it anew.',
  },
} as const satisfies ErrorCatalogue

type Options = {
  readonly retryable?: boolean
  readonly cause?: unknown
  readonly details?: CodedError['details']
}

/** An error of a package, for `throw`. */
export function packageError(
  code: keyof typeof packageErrors,
  message: string,
  options: Options = {},
): CodedError {
  return new CodedError(code, message, options)
}
