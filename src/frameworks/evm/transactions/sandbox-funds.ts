import type { Hex } from 'viem'
import type { Chain } from '../chain.ts'
import { ask } from '../chain-rpc.ts'
import { quantity } from '../chain-values.ts'

const ether = 10n ** 18n
/** What an account of a sandbox is given, and when it is given so much again. In wei. */
export const sandboxFunds = { given: 10_000n * ether, least: 1000n * ether } as const

/** Gives an account of a sandbox what it needs. @throws what `ask` does */
export async function giveFunds(chain: Chain, address: Hex, signal: AbortSignal): Promise<void> {
  const params = [address, quantity(sandboxFunds.given)]
  await ask(chain, 'anvil_setBalance', params, { signal, changes: true })
}
