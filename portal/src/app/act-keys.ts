import { isCodedError, newIdempotencyKey } from '@openbsn/sdk'

/** After these the act may have come to something, or was not looked at yet. */
const openCodes: ReadonlySet<string> = new Set([
  'CALL_FATE_UNKNOWN',
  'GATEWAY_UNREACHABLE',
  'SECOND_FACTOR_REQUIRED',
  'SIGN_IN_REQUIRED',
  'STEP_UP_REQUIRED',
])

/** Whether what was sent may have come to something, or may yet: it is sent again as it is. */
export const isOpenFate = (error: unknown): boolean =>
  isCodedError(error) && (error.retryable || openCodes.has(error.code))

export type ActKeys = ReturnType<typeof createActKeys>

/**
 * Request keys of acts: the same act with the same fields has the same key until it is done or
 * refused for good, however often a form is sent, so that it has one effect.
 */
export function createActKeys() {
  const keys = new Map<string, string>()
  return {
    /** Runs `send` under the key of what is asked. */
    async send<T>(asked: unknown, send: (requestKey: string) => Promise<T>): Promise<T> {
      const name = JSON.stringify(asked, (_, value: unknown) =>
        typeof value === 'bigint' ? `${value}n` : value,
      )
      const key = keys.get(name) ?? newIdempotencyKey()
      keys.set(name, key)
      try {
        const answer = await send(key)
        keys.delete(name)
        return answer
      } catch (error) {
        if (!isOpenFate(error)) keys.delete(name)
        throw error
      }
    },
  }
}
