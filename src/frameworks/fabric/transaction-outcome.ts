import { StatusCode } from '@hyperledger/fabric-gateway'
import type { IndexedTransaction } from '../blocks/indexed-transactions.ts'
import type { CallOutcome } from '../framework.ts'
import { validationCodes } from './blocks/read-block.ts'

/** So often a transaction is made again that read what another one changed before it. */
export const attemptsMax = 5

const codeOf = ({ gasUsed }: IndexedTransaction) => Number(gasUsed)
const conflicts: readonly number[] = [validationCodes.mvccConflict, validationCodes.phantomRead]
/** Whether it had read what another one changed before it. */
export const isConflict = (one: IndexedTransaction) => conflicts.includes(codeOf(one))

/** Of an act that was tried as often as may be; of what a user signed, once. */
export const conflictOutcome: CallOutcome = {
  state: 'rejected',
  code: 'TRANSACTION_CONFLICT',
  detail: 'It had read what another transaction changed before it.',
}

/** What became of an act, by the block that its transaction is in. */
export function outcomeOf(found: IndexedTransaction): CallOutcome {
  if (isConflict(found)) return conflictOutcome
  if (found.status === 1) {
    const { height, time } = found
    const place = { transaction: found.hash.slice(2), height, time }
    return { state: 'committed', place, isRepeat: false }
  }
  const [name = codeOf(found)] =
    Object.entries(StatusCode).find(([, code]) => code === codeOf(found)) ?? []
  const detail = `The peers refused it: ${name}.`
  return { state: 'rejected', code: 'TRANSACTION_REFUSED', detail }
}
