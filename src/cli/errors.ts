import type { ErrorRow } from '../kernel/errors.ts'

/** Names of `exitCode`; a row says with which one the process ends. */
export type ExitName =
  | 'general'
  | 'usage'
  | 'denied'
  | 'notFound'
  | 'conflict'
  | 'unavailable'
  | 'unknownOutcome'
  | 'verificationFailed'

export type CliErrorRow = ErrorRow & { readonly exit: ExitName }

const row = (exit: ExitName, meaning: string, remedy: string): CliErrorRow => ({
  status: null,
  exit,
  meaning,
  remedy,
})

/** Codes that only the command line gives; those of a gateway or ledger pass through unchanged. */
export const cliErrors = {
  CLI_COMMAND_UNKNOWN: row(
    'usage',
    'There is no such command.',
    'Look at the list that `bsn help` prints.',
  ),
  CLI_OPTION_UNKNOWN: row(
    'usage',
    'The command has no such option; nothing was done.',
    'Look at the options that `--help` prints after the command.',
  ),
  CLI_OPTION_INVALID: row(
    'usage',
    'The value of an option cannot be used; nothing was done.',
    'The message says what is allowed.',
  ),
  CLI_OPTION_MISSING: row(
    'usage',
    'An option that the command needs is absent; nothing was done.',
    'Give the option; `--help` after the command has examples.',
  ),
  CLI_OPERAND_MISSING: row(
    'usage',
    'A name or file that the command needs is absent; nothing was done.',
    'Give it after the command; `--help` after the command has examples.',
  ),
  CLI_OPERAND_UNEXPECTED: row(
    'usage',
    'The command takes fewer names or files; nothing was done.',
    'Put texts with spaces in quotes, and dashes before options.',
  ),
  CONFIG_INVALID: row(
    'usage',
    'A file of settings cannot be used; nothing was done.',
    'Correct or remove what the message names; `bsn help config list` says what a file may have.',
  ),
  MEMBER_FILE_INVALID: row(
    'denied',
    'The file holds no key of a member.',
    'Give the file that `bsn alliance key` wrote.',
  ),
  PROPOSAL_FILE_INVALID: row(
    'general',
    'The file is no proposal, or of another one.',
    'Give the file that `bsn alliance show ID --out FILE` wrote.',
  ),
  TALLY_WRONG: row(
    'verificationFailed',
    'The votes of the proposal do not come to what the ledger says.',
    'Run `bsn audit`: the rules of the ledger were broken, or the gateway shows something else.',
  ),
  PROFILE_NOT_FOUND: row(
    'denied',
    "The data folder has no administrator's profile.",
    'Start the network once with `bsn up`, or name its data folder with --home.',
  ),
  SANDBOX_NOT_NAMED: row(
    'notFound',
    'A sandbox was asked for, but the profile names none.',
    'Start the network with `bsn up`, which makes one; or name a ledger with --ledger.',
  ),
  PROFILE_INVALID: row(
    'denied',
    "The administrator's profile cannot be read as one.",
    'Restore profile.json from a backup of the data folder.',
  ),
  SECRET_FILE_EXPOSED: row(
    'denied',
    'A file with a secret key can be read by other users of this machine.',
    'Run `chmod 600` on the file, and replace the key where others may have read it.',
  ),
  CREDENTIAL_FILE_INVALID: row(
    'denied',
    'The file is no credential file, or was changed.',
    'Make a new one with `bsn credential create`.',
  ),
  PARTICIPANT_FILE_INVALID: row(
    'denied',
    'The file is no participant file, or was changed.',
    'Make one with `bsn participant key`, and have the publisher invite its key.',
  ),
  USER_FILE_INVALID: row(
    'denied',
    'The file is none of a user of this service, or was changed.',
    'Make one with `bsn contract enroll`, by a credential of the service.',
  ),
  CREDENTIAL_SERVICE_DIFFERS: row(
    'usage',
    'The credential is of another service than --service names.',
    'Name its service, or use a credential of that service.',
  ),
  CREDENTIAL_LEDGER_DIFFERS: row(
    'usage',
    'The credential is of another ledger than the profile.',
    'Use the data folder, or the file, of the other one.',
  ),
  LEDGER_NOT_NAMED: row(
    'usage',
    'The gateway serves several ledgers, and none was named.',
    'Name one with --ledger; the message lists them.',
  ),
  FILE_EXISTS: row(
    'conflict',
    'The file to write exists already; it was left as it is.',
    'Name another file, or say --force.',
  ),
  FILE_NOT_FOUND: row('notFound', 'A file to read does not exist.', 'Check the path.'),
  FILE_UNUSABLE: row(
    'general',
    'A file or folder cannot be read or written.',
    'Check its permissions, and that the disk is not full.',
  ),
  INPUT_FORMAT_UNKNOWN: row(
    'usage',
    'The input is neither CSV, nor NDJSON, nor a JSON array of rows.',
    'Say which it is with --format csv, ndjson or json.',
  ),
  INPUT_ROW_INVALID: row(
    'general',
    'A row of the input cannot be read. Nothing was sent.',
    'Mend the row that the message names; --dry-run checks an input without sending it.',
  ),
  INPUT_KEY_MISSING: row(
    'general',
    'A row lacks the field that --key names. Nothing was sent.',
    'Mend the row, or name a field that every row has.',
  ),
  RECEIPTS_OF_OTHER_INPUT: row(
    'conflict',
    'The file that --receipts names belongs to other input; it was left as it is.',
    'Name another file for these receipts.',
  ),
  RECEIPTS_FILE_BROKEN: row(
    'verificationFailed',
    'A line of the receipts file is not what `bsn record put` writes.',
    'Move the file away and run the same command again: every receipt is fetched anew, nothing ' +
      'is registered twice.',
  ),
  ROWS_REFUSED: row(
    'general',
    'The ledger refused rows; all others are registered.',
    'The list says which rows and why. Running the same command again tries them again, and ' +
      'registers nothing twice.',
  ),
  OUTCOME_UNKNOWN: row(
    'unknownOutcome',
    'The gateway stopped answering after something was sent: it may or may not be registered.',
    'Run the same command again: what was registered is found, not repeated.',
  ),
  RECEIPT_INDEX_DIFFERS: row(
    'verificationFailed',
    'A receipt proves another place in the log than the one it was filed under.',
    'Fetch statement and receipt anew with `bsn entry get`.',
  ),
  AUDIT_STATE_DIFFERS: row(
    'verificationFailed',
    'The control statements that the gateway shows do not lead to the state that was signed.',
    'Do not rely on what this gateway shows. Audit through another one, and verify the data ' +
      'folder with `bsn ledger verify`.',
  ),
  AUDIT_UNSETTLED: row(
    'unavailable',
    'Counters of daily writes changed faster than they could be read together.',
    'Run the audit again when fewer records are written.',
  ),
  AUDIT_LIST_BEHIND: row(
    'unavailable',
    "The gateway's lists have not come to the end of the log yet.",
    'Run the audit again in a while; lists are made anew after a restart or a rebuild.',
  ),
  KEYS_UNREADABLE: row(
    'verificationFailed',
    'The file given as --keys is neither PEM, nor key bundle, nor credential file.',
    'Write one with `bsn ledger keys --out FILE`.',
  ),
  GATEWAY_ANSWER_WRONG: row(
    'verificationFailed',
    "The gateway's answer does not fit what was sent: it returned another statement.",
    'Do not use its receipts; verify the ledger with `bsn ledger verify`.',
  ),
  REFERENCE_STALE: row(
    'conflict',
    'A page of docs/reference is not what the code prints now.',
    'Run `bsn docs` and commit what it changes.',
  ),
  DOCTOR_FOUND_FAULTS: row(
    'general',
    'A check of `bsn doctor` failed.',
    'Each failed check says what to do.',
  ),
} as const satisfies Readonly<Record<string, CliErrorRow>>

export type CliErrorCode = keyof typeof cliErrors

/** True for a code of `cliErrors`. */
export function isCliErrorCode(code: string): code is CliErrorCode {
  return Object.hasOwn(cliErrors, code)
}
