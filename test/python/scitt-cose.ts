import { toHex } from '@openbsn/sdk'
import { python } from './python.ts'

/** What scitt-cose 0.5.0 says of one receipt. */
export type ScittVerdict = {
  readonly ok: boolean
  readonly failedAt: 'structure' | 'signature' | null
  readonly errors: readonly string[]
  /** Log root in hex, and the entry's place in it. */
  readonly root: string | null
  readonly size: number | null
  readonly index: number | null
  /** Claims of the receipt; null unless `ok`. */
  readonly time: number | null
  readonly issuer: string | null
  readonly subject: string | null
  /** Header members that the library does not know itself: by label, bytes in hex. */
  readonly header: Readonly<Record<string, unknown>>
  /** Whether the statement's own signature holds; only where an issuer's key was given. */
  readonly statementOk?: boolean
}

export type ScittCase = {
  /** The registered bytes. */
  readonly statement: Uint8Array
  readonly receipt: Uint8Array
  /** PEM of the validator's key, and of the statement's signer. */
  readonly logKey: string
  readonly issuerKey?: string
}

/** The independent verifier of RFC 9942 receipts. */
export interface ScittCose {
  verify(statement: Uint8Array, receipt: Uint8Array, pem: string): ScittVerdict
  /** Many in one process: starting Python costs more than verifying. */
  verifyAll(cases: readonly ScittCase[]): ScittVerdict[]
}

/** Needs Python 3 with venv; the first call on a machine installs the package. */
export function scittCose(): ScittCose {
  const { answers } = python('scitt-cose==0.5.0')

  function verifyAll(cases: readonly ScittCase[]): ScittVerdict[] {
    const lines = cases.map(({ statement, receipt, ...keys }) => ({
      ...keys,
      statement: toHex(statement),
      receipt: toHex(receipt),
    }))
    return answers('verify_receipt.py', lines)
  }

  return {
    verifyAll,
    verify(statement, receipt, logKey) {
      const [verdict] = verifyAll([{ statement, receipt, logKey }])
      return verdict as ScittVerdict
    },
  }
}
