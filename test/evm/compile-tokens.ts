import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Abi, Hex } from 'viem'

export type TokenName = 'Coin' | 'Deed'
export type Compiled = { readonly abi: Abi; readonly bytecode: Hex }

const require = createRequire(import.meta.url)
export const tokensFile = join(import.meta.dirname, 'contracts/tokens.sol')
export const modules = join(import.meta.dirname, '../../node_modules')

/** As small and as quick as people deploy them; what Hardhat is told too. */
export const settings = {
  optimizer: { enabled: true, runs: 200 },
  evmVersion: 'cancun',
} as const

type Output = {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[]
  readonly contracts: Record<string, Record<string, { abi: Abi; evm: { bytecode: Code } }>>
}
type Code = { readonly object: string }
type Solc = {
  compile(input: string, callbacks: { import(path: string): { contents: string } }): string
}

let compiled: Readonly<Record<TokenName, Compiled>> | undefined

/** OpenZeppelin's ERC-20 and ERC-721 as the compiler of npm makes them; once in a process. */
export function compileTokens(): Readonly<Record<TokenName, Compiled>> {
  compiled ??= compile()
  return compiled
}

function compile(): Readonly<Record<TokenName, Compiled>> {
  const solc = require('solc') as Solc
  const outputSelection = { '*': { '*': ['abi', 'evm.bytecode.object'] } }
  const input = {
    language: 'Solidity',
    sources: { 'tokens.sol': { content: readFileSync(tokensFile, 'utf8') } },
    settings: { ...settings, outputSelection },
  }
  const found = (path: string) => ({ contents: readFileSync(join(modules, path), 'utf8') })
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: found })) as Output
  const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error')
  assert.equal(errors.length, 0, errors.map((one) => one.formattedMessage).join('\n'))
  const named = (name: TokenName): Compiled => {
    const { abi, evm } = output.contracts['tokens.sol']?.[name] ?? assert.fail(name)
    return { abi, bytecode: `0x${evm.bytecode.object}` }
  }
  return { Coin: named('Coin'), Deed: named('Deed') }
}
