import { type CodedError, isCodedError } from '@openbsn/sdk'
import type { Abi, Hex } from 'viem'
import type { Refusal } from '../../crypto/check-statement.ts'
import { decodeRevert } from './contracts/abi.ts'
import type { PreparedCall } from './evm-call.ts'

/** What comes of a call that fails: its own fault, or that of whatever is between. */

/** Whether it had an effect nobody knows. */
export const isUnknown = (error: unknown): boolean =>
  isCodedError(error) && error.code === 'CALL_FATE_UNKNOWN'

/** What is the call's own fault: sent again as it is, it would fail again. */
export const isRefusal = ({ retryable, code }: CodedError) =>
  !retryable && code !== 'INTERNAL' && code !== 'SERVICE_ELSEWHERE'

/** Errors of reading a call are its outcome: others of the same request go on. */
export async function refusable(
  prepare: () => Promise<PreparedCall>,
): Promise<PreparedCall | Refusal> {
  try {
    return await prepare()
  } catch (error) {
    if (isCodedError(error) && isRefusal(error)) {
      return { code: error.code, detail: error.message }
    }
    throw error
  }
}

/** The reason of a revert in words, where the ABI has them. */
export function reasonOf({ code, message, details }: CodedError, abi: Abi | undefined): string {
  const { data } = details
  if (code !== 'CALL_REVERTED' || typeof data !== 'string') return message
  return decodeRevert(abi, data as Hex)
}
