import { evmError } from '../errors.ts'
import type { RlpItem } from './rlp.ts'

/** Fields of a transaction by their names, each as what it has to be. */
export class TransactionFields {
  readonly #items: ReadonlyMap<string, RlpItem>

  constructor(names: readonly string[], items: readonly RlpItem[]) {
    this.#items = new Map(items.map((item, at) => [names[at] ?? '', item]))
  }

  /** @throws TRANSACTION_INVALID */
  bytes(name: string): Buffer {
    const item = this.#items.get(name)
    if (item && 'bytes' in item) return asBuffer(item.bytes)
    throw invalid(`${name} is no bytes`)
  }

  /** @throws TRANSACTION_INVALID for leading zeros, or more bits */
  integer(name: string, bitsMax: number): bigint {
    return integerIn(this.bytes(name), name, bitsMax)
  }

  /** A number with its zeros in front: 32 bytes. @throws TRANSACTION_INVALID */
  padded(name: string): Buffer {
    const bytes = this.bytes(name)
    integerIn(bytes, name, 256)
    return Buffer.concat([Buffer.alloc(32 - bytes.length), bytes])
  }

  /** 20 bytes, or undefined where there are none. @throws TRANSACTION_INVALID */
  address(name: string): Buffer | undefined {
    const bytes = this.bytes(name)
    if (bytes.length === 0) return undefined
    return sized(bytes, 20, name)
  }

  /** EIP-2930: addresses, each with keys of its storage. @throws TRANSACTION_INVALID */
  checkAccessList(): void {
    for (const entry of this.#list('accessList')) {
      const [address, keys, ...more] = 'list' in entry ? entry.list : []
      if (!address || !keys || !('list' in keys) || more.length > 0) {
        throw invalid('an entry of accessList is no address with its keys')
      }
      sized(bytesOf(address, 'accessList'), 20, 'an address of accessList')
      for (const key of keys.list) sized(bytesOf(key, 'accessList'), 32, 'a key of accessList')
    }
  }

  /** EIP-7702: chain id, address, nonce, parity, r, s; at least one. @throws TRANSACTION_INVALID */
  checkAuthorizations(): void {
    const entries = this.#list('authorizationList')
    if (entries.length === 0) throw invalid('type 4 has at least one authorization')
    for (const entry of entries) {
      const items = 'list' in entry ? entry.list : []
      const [chain, address, nonce, parity, r, s] = items.map((one) =>
        bytesOf(one, 'authorization'),
      )
      if (items.length !== 6 || !chain || !address || !nonce || !parity || !r || !s) {
        throw invalid('an authorization has six fields')
      }
      sized(address, 20, 'the address of an authorization')
      const bits = [
        [chain, 256],
        [nonce, 64],
        [parity, 8],
        [r, 256],
        [s, 256],
      ] as const
      for (const [bytes, bitsMax] of bits) integerIn(bytes, 'a number of an authorization', bitsMax)
    }
  }

  #list(name: string): readonly RlpItem[] {
    const item = this.#items.get(name)
    if (item && 'list' in item) return item.list
    throw invalid(`${name} is no list`)
  }
}

function bytesOf(item: RlpItem, name: string): Buffer {
  if ('bytes' in item) return asBuffer(item.bytes)
  throw invalid(`${name} has a list where bytes belong`)
}

function integerIn(bytes: Buffer, name: string, bitsMax: number): bigint {
  if (bytes[0] === 0) throw invalid(`${name} is a number with zeros in front`)
  const value = bytes.length === 0 ? 0n : BigInt(`0x${bytes.subarray(0, 33).toString('hex')}`)
  if (bytes.length > 32 || value >> BigInt(bitsMax) > 0n) {
    throw invalid(`${name} has more than ${bitsMax} bits`)
  }
  return value
}

function sized(bytes: Buffer, length: number, name: string): Buffer {
  if (bytes.length === length) return bytes
  throw invalid(`${name} has ${bytes.length} bytes, not ${length}`)
}

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)

const invalid = (why: string) =>
  evmError('TRANSACTION_INVALID', `The transaction is not one for this chain: ${why}.`)
