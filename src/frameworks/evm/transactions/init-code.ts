import { evmError } from '../errors.ts'

/** EIP-3860: twice the size of the largest contract. */
const initCodeBytesMax = 49_152

/** `data` is that of a transaction that makes a contract, in hex. @throws INIT_CODE_TOO_LARGE */
export function checkInitCode(data: string): void {
  const length = (data.length - 2) / 2
  if (length <= initCodeBytesMax) return
  const message = `The code has ${length} bytes with its arguments; ${initCodeBytesMax} may be.`
  throw evmError('INIT_CODE_TOO_LARGE', message)
}
