import type { Hex } from 'viem'
import { bytesOf } from '../blocks/hex.ts'
import { evmError } from './errors.ts'

/** Values of JSON-RPC answers, read strictly: the chain may be of others. */

const garbled = (what: string) =>
  evmError('CHAIN_GARBLED', `The chain answered something else than asked: ${what}.`)

/** @throws CHAIN_GARBLED */
export function readBytes(value: unknown, what: string, length?: number): Buffer {
  if (typeof value !== 'string' || !value.startsWith('0x')) throw garbled(`${what} is no data`)
  const bytes = bytesOf(value)
  // What is no hex ends the bytes early.
  if (bytes.length * 2 + 2 !== value.length) throw garbled(`${what} is no data`)
  if (length !== undefined && bytes.length !== length) throw garbled(`${what} is too short or long`)
  return bytes
}

/** A whole number below 2^53. @throws CHAIN_GARBLED */
export function readNumber(value: unknown, what: string): number {
  const isQuantity = typeof value === 'string' && /^0x[0-9a-fA-F]{1,14}$/.test(value)
  const number = isQuantity ? Number(value) : Number.NaN
  if (!Number.isSafeInteger(number)) throw garbled(`${what} is no quantity`)
  return number
}

export type Answer = Readonly<Record<string, unknown>>

/** @throws CHAIN_GARBLED */
export function readAnswer(value: unknown, what: string): Answer {
  if (isRecord(value)) return value
  throw garbled(`${what} is no object`)
}

/** @throws CHAIN_GARBLED */
export function readList(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw garbled(`${what} is no list`)
  return value
}

/** A whole number of any size. @throws CHAIN_GARBLED */
export function readQuantity(value: unknown): bigint {
  if (typeof value === 'string' && /^0x[0-9a-f]{1,64}$/i.test(value)) return BigInt(value)
  const said = JSON.stringify(value)?.slice(0, 64)
  throw evmError('CHAIN_GARBLED', `The chain answered ${said} where a number belongs.`)
}

/** An object of JSON. */
export function isRecord(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A number as chains are asked with it. */
export const quantity = (value: number | bigint): Hex => `0x${value.toString(16)}`
