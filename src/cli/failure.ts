import type { ErrorRow } from '../kernel/errors.ts'
import { type CliErrorCode, cliErrors, type ExitName, isCliErrorCode } from './errors.ts'

/** What the process ends with. Stable: scripts branch on these. */
export const exitCode = {
  ok: 0,
  general: 1,
  usage: 2,
  denied: 3,
  notFound: 4,
  conflict: 5,
  quota: 6,
  unavailable: 7,
  unknownOutcome: 8,
  verificationFailed: 9,
  interrupted: 130,
} as const satisfies Record<ExitName, number> & Record<string, number>

/** An error as the user gets it. */
export type Failure = {
  readonly code: string
  readonly message: string
  /** What the code means, whatever the case; told to programs. */
  readonly meaning?: string | undefined
  /** What the reader can do. */
  readonly remedy?: string | undefined
  readonly details?: Readonly<Record<string, string | number | boolean>>
  readonly exit: number
}

const exitByStatus = new Map<number, number>([
  [401, exitCode.denied],
  [403, exitCode.denied],
  [404, exitCode.notFound],
  [409, exitCode.conflict],
  [410, exitCode.notFound],
  [412, exitCode.conflict],
  [429, exitCode.quota],
  [502, exitCode.unavailable],
  [503, exitCode.unavailable],
  [504, exitCode.unknownOutcome],
  [507, exitCode.unavailable],
])

const exitByCode = new Map<string, number>([
  ['GATEWAY_UNREACHABLE', exitCode.unavailable],
  ['GATEWAY_LIES', exitCode.verificationFailed],
  ['RECEIPT_PENDING', exitCode.unavailable],
  ['CALL_FATE_UNKNOWN', exitCode.unknownOutcome],
  ['PORT_IN_USE', exitCode.conflict],
  ['STORE_IN_USE', exitCode.conflict],
  ['EXPORT_FILE_EXISTS', exitCode.conflict],
  ['EXPORT_TRUNCATED', exitCode.verificationFailed],
  ['EXPORT_DAMAGED', exitCode.verificationFailed],
  ['EXPORT_OTHER_LEDGER', exitCode.verificationFailed],
  ['HOME_EMPTY', exitCode.notFound],
  ['HOME_NOT_EMPTY', exitCode.conflict],
  ['HOME_KEYS_FOREIGN', exitCode.conflict],
  ['BACKUP_EXISTS', exitCode.conflict],
  ['BACKUP_FOREIGN', exitCode.notFound],
  ['BACKUP_DAMAGED', exitCode.verificationFailed],
  ['ENGINE_UNKNOWN', exitCode.notFound],
  ['ENGINE_MISSING', exitCode.notFound],
  ['ENGINE_PORT_IN_USE', exitCode.conflict],
  ['VERIFY_NO_LEDGER', exitCode.notFound],
  ['VERIFY_NEWER', exitCode.general],
])

/** Codes that mean: this proof, or these bytes, are not what they claim to be. */
const failedProof = /^(RECEIPT|KEY_BUNDLE|STATE_PROOF|TRANSACTION_PROOF|GENESIS|CHECKPOINT|VERIFY)_/

/** `status` is the HTTP status that came with the code, or that the catalogue has for it. */
export function exitCodeOf(code: string, status?: number | null): number {
  if (isCliErrorCode(code)) return exitCode[cliErrors[code].exit]
  const known = exitByCode.get(code) ?? exitByStatus.get(status ?? 0)
  if (known !== undefined) return known
  return failedProof.test(code) ? exitCode.verificationFailed : exitCode.general
}

type Coded = Error & {
  readonly code: string
  readonly details?: Failure['details']
}

/** As the SDK's `isCodedError`, which is not imported here: help must not load the SDK. */
function isCoded(error: unknown): error is Coded {
  return error instanceof Error && error.name === 'CodedError' && 'code' in error
}

/**
 * Anything thrown, as a failure. What is not a coded error is a system error or a bug of ours.
 * `rowOf` finds a code's row in the catalogue.
 */
export function failureOf(error: unknown, rowOf: (code: string) => ErrorRow | undefined): Failure {
  const message = error instanceof Error ? error.message : String(error)
  if (isCoded(error)) {
    const { code, details = {} } = error
    const row = rowOf(code)
    const status = typeof details.status === 'number' ? details.status : row?.status
    const told = { meaning: row?.meaning, remedy: row?.remedy }
    return { code, message, ...told, details, exit: exitCodeOf(code, status) }
  }
  if (error instanceof Error && 'syscall' in error && 'code' in error) {
    return cliFailure(error.code === 'ENOENT' ? 'FILE_NOT_FOUND' : 'FILE_UNUSABLE', message)
  }
  const meaning = 'The program met something that it does not expect.'
  const remedy = 'This is a fault of ours: please report it with what --verbose prints.'
  return { code: 'INTERNAL', message, meaning, remedy, exit: exitCode.general }
}

/** A failure that the command line finds by itself. */
export function cliFailure(code: CliErrorCode, message: string): Failure {
  const { meaning, remedy } = cliErrors[code]
  return { code, message, meaning, remedy, exit: exitCodeOf(code) }
}
