import type { Hex } from 'viem'
import type { CodeRange, CompiledContract } from './compiled-contract.ts'

/**
 * `exact`: the same code. `metadata differs`: it does the same, from sources that differ in names
 * of files, comments or so. `differs`: another code, compiler or setting.
 */
export type CodeComparison = 'exact' | 'metadata differs' | 'differs'

/** What of a compiled contract says how its code on the chain looks. */
type Compiled = Pick<
  CompiledContract,
  'deployedBytecode' | 'immutableReferences' | 'libraryReferences'
>

/** Holds code of the chain against what sources compile to, but for values of immutables. */
export function compareCode(compiled: Compiled, onChain: Hex): CodeComparison {
  const ours = codeOf(compiled.deployedBytecode)
  const theirs = codeOf(onChain)
  if (theirs.length === 0) return 'differs'
  const places = [...compiled.immutableReferences, ...compiled.libraryReferences]
  if (isLibrary(ours)) places.push({ start: 1, length: 20 })
  if (ours.length === theirs.length) {
    if (masked(ours, places).equals(masked(theirs, places))) return 'exact'
  }
  const ourBody = withoutMetadata(ours)
  const theirBody = withoutMetadata(theirs)
  if (!ourBody || !theirBody || ourBody.length !== theirBody.length) return 'differs'
  return masked(ourBody, places).equals(masked(theirBody, places)) ? 'metadata differs' : 'differs'
}

/** Empty where it is no hexadecimal text. */
function codeOf(hex: Hex): Buffer {
  const isHex = hex.length % 2 === 0 && /^0x[0-9a-fA-F]*$/.test(hex)
  return isHex ? Buffer.from(hex.slice(2), 'hex') : Buffer.alloc(0)
}

function masked(code: Buffer, places: readonly CodeRange[]): Buffer {
  const copy = Buffer.from(code)
  for (const { start, length } of places) copy.fill(0, start, start + length)
  return copy
}

/** A library begins with its own address: PUSH20, ADDRESS, EQ. */
function isLibrary(code: Buffer): boolean {
  return code[0] === 0x73 && code[21] === 0x30 && code[22] === 0x14 && isZero(code.subarray(1, 21))
}

const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0)

/** The CBOR map that solc writes last, and its length in two bytes, taken away; else undefined. */
function withoutMetadata(code: Buffer): Buffer | undefined {
  if (code.length < 4) return undefined
  const end = code.length - 2 - code.readUInt16BE(code.length - 2)
  // A CBOR map of one to four members begins so.
  const first = end >= 0 ? (code[end] ?? 0) : 0
  return first >= 0xa1 && first <= 0xa4 ? code.subarray(0, end) : undefined
}
