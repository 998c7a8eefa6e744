import { CodedError } from '@openbsn/sdk'
import type { Submission } from '../../crypto/own-statement.ts'
import type { SubmitOutcome } from '../ledger.ts'

/** Puts statements in order. */
export interface Sequencer {
  /** @throws LEDGER_BUSY, LEDGER_STOPPED, LEDGER_READ_ONLY */
  submit(statements: readonly Submission[]): Promise<SubmitOutcome[]>
  /** Commits what waits, then takes nothing more. */
  close(): Promise<void>
}

/** Of a node that has no key for blocks: it registers nothing, and serves what there is. */
export const noSequencer: Sequencer = {
  submit: () => {
    const message = 'This node serves what is registered; it has no key to register more with.'
    return Promise.reject(new CodedError('LEDGER_READ_ONLY', message))
  },
  close: () => Promise.resolve(),
}
