import type { Abi, Hex } from 'viem'
import type { CompileInput } from './compile-input.ts'

/** A part of a code, in bytes. */
export type CodeRange = { readonly start: number; readonly length: number }

export type CompiledContract = {
  readonly name: string
  /** Which source it is in. */
  readonly file: string
  readonly abi: Abi
  /**
   * What makes it, without the arguments of its constructor. Where it uses libraries whose
   * addresses nobody gave, their places are as solc writes them: then it is no hexadecimal text.
   */
  readonly bytecode: Hex
  /** What is on the chain afterwards; immutables and addresses of libraries are zeros in it. */
  readonly deployedBytecode: Hex
  readonly immutableReferences: readonly CodeRange[]
  readonly libraryReferences: readonly CodeRange[]
  /** Solidity's metadata, as JSON. */
  readonly metadata: string
  /** Such as `0.8.37+commit.5ef73ac5`. */
  readonly compiler: string
  /** Exact versions of the packages that were imported. */
  readonly packages: Readonly<Record<string, string>>
  /** Each as `file:line:column: text`. */
  readonly warnings: readonly string[]
  readonly input: CompileInput
}

/** What the worker gives back; the ABI is checked on the other side. */
export type WorkerContract = Omit<CompiledContract, 'abi' | 'input'> & { readonly abi: unknown }

export type CompileJob = { readonly id: number; readonly input: CompileInput }

/** `begun`: from here on the time is counted. */
export type CompileAnswer =
  | { readonly kind: 'begun'; readonly id: number }
  | { readonly kind: 'memory'; readonly id: number }
  | { readonly kind: 'done'; readonly id: number; readonly contract: WorkerContract }
  | { readonly kind: 'failed'; readonly id: number; readonly problems: readonly string[] }
  | { readonly kind: 'choose'; readonly id: number; readonly message: string }
  /** The compiler itself stumbled: nothing of it is used any more. */
  | { readonly kind: 'broken'; readonly id: number; readonly message: string }

export type CompileWorkerData = { readonly memoryBytesMax: number }
