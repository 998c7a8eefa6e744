import { type CborValue, decodeCbor, encodeCbor, sha256 } from '@openbsn/sdk'
import { assert } from '../kernel/assert.ts'
import type { Block, BlockSignature } from './ledger.ts'

/** SHA-256 over (log size, log root, state root): what two nodes at one height must share. */
export function appHashOf(size: number, logRoot: Uint8Array, stateRoot: Uint8Array): Uint8Array {
  return sha256(encodeCbor([size, logRoot, stateRoot]))
}

export const sizeAfter = (block: Pick<Block, 'firstIndex' | 'count'>) =>
  block.firstIndex + block.count

export function encodeBlock(block: Block): Uint8Array {
  const { height, time, firstIndex, count, logRoot, stateRoot, signatures } = block
  const list = signatures.map(
    ({ kid, algorithm, signature }): CborValue => [kid, algorithm, signature],
  )
  return encodeCbor([height, time, firstIndex, count, logRoot, stateRoot, list])
}

/** Of bytes that `encodeBlock` made. */
export function decodeBlock(bytes: Uint8Array): Block {
  const value = decodeCbor(bytes)
  assert(Array.isArray(value) && value.length === 7, 'a stored block has seven parts')
  const [height, time, firstIndex, count, logRoot, stateRoot, list] = value
  assert(
    typeof height === 'number' && typeof time === 'number' && Array.isArray(list),
    'a stored block has height, time and signatures',
  )
  assert(
    typeof firstIndex === 'number' && typeof count === 'number',
    'a stored block says which entries it has',
  )
  assert(logRoot instanceof Uint8Array && stateRoot instanceof Uint8Array, 'a block has roots')
  const appHash = appHashOf(firstIndex + count, logRoot, stateRoot)
  const signatures = list.map(decodeSignature)
  return { height, time, firstIndex, count, logRoot, stateRoot, appHash, signatures }
}

function decodeSignature(value: CborValue): BlockSignature {
  const [kid, algorithm, signature] = Array.isArray(value) ? value : []
  assert(
    kid instanceof Uint8Array && typeof algorithm === 'number' && signature instanceof Uint8Array,
    'a stored signature has kid, algorithm and bytes',
  )
  return { kid, algorithm, signature }
}
