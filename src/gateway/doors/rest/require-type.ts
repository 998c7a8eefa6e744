import { CodedError } from '@openbsn/sdk'
import { negotiate } from '../../negotiate.ts'

/** The type to answer with. @throws NOT_ACCEPTABLE */
export function requireType<T extends string>(
  accept: string | undefined,
  offered: readonly [T, ...T[]],
): T {
  const chosen = negotiate(accept, offered)
  const type = offered.find((one) => one === chosen)
  if (type !== undefined) return type
  throw new CodedError('NOT_ACCEPTABLE', `The answer comes as ${offered.join(' or ')}.`)
}
