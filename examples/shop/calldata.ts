import { actIdentity, CodedError, concat, fromHex, idempotencyActId, utf8 } from '@openbsn/sdk'
import type { Move } from './move.ts'

/**
 * First four bytes of the Keccak-256 of each function's signature: issue(address,uint256,string),
 * redeem(uint256,string), transfer(address,uint256).
 */
const selectors = { award: 'ebf469dc', redeem: '24b76fd5', transfer: 'a9059cbb' } as const

/** "bsn1": behind it, at the end of a call's data, stands whose act it is. */
const marker = '62736e31'

/**
 * All bytes that the transaction of a move was called with: the function and its arguments as the
 * contract's ABI has them, then the act. With their hash in a proof, nothing of the move can be
 * another. Undefined where the move does not say whose act it was.
 * @throws MOVE_INVALID where a part of the move is not of its form
 */
export function calldataOf(
  { kind, to = '', points, note = '', act }: Move,
  { ledger, service }: { readonly ledger: string; readonly service: string },
): Uint8Array | undefined {
  if (!act) return undefined
  if (!/^(0|[1-9][0-9]{0,77})$/.test(points)) throw invalid(`${points} is no number of points.`)
  const amount = word(BigInt(points))
  const head = {
    award: () => [address(to), amount, word(96n), ...text(note)],
    redeem: () => [amount, word(64n), ...text(note)],
    transfer: () => [address(to), amount],
  }[kind]()
  const id = idempotencyActId(act.request)
  const identity = actIdentity({ ledger, service, by: act.credential, id })
  return concat(bytes(selectors[kind]), ...head, bytes(marker), identity)
}

const word = (value: bigint) => bytes(value.toString(16).padStart(64, '0'))

function address(hex: string): Uint8Array {
  if (!/^0x[0-9a-f]{40}$/i.test(hex)) throw invalid(`${hex} is no address.`)
  return bytes(hex.slice(2).toLowerCase().padStart(64, '0'))
}

/** Length, then the bytes, filled up to whole words. */
function text(value: string): Uint8Array[] {
  const content = utf8(value)
  const filled = new Uint8Array(Math.ceil(content.length / 32) * 32)
  filled.set(content)
  return [word(BigInt(content.length)), filled]
}

function bytes(hex: string): Uint8Array {
  const read = fromHex(hex)
  if (!read) throw invalid(`${hex} is not hex.`)
  return read
}

const invalid = (message: string) => new CodedError('MOVE_INVALID', message)
