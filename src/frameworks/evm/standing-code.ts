import type { Hex } from 'viem'
import type { Chain } from './chain.ts'
import { ask } from './chain-rpc.ts'
import { evmError } from './errors.ts'

/**
 * Which contracts the chain has code of. A crash may take a contract away, and a call to an address
 * without code succeeds and does nothing: so it is looked once in each epoch.
 */
export class StandingCode {
  readonly #known = new Map<string, Promise<void>>()

  /** @throws CONTRACT_MISSING, and what `ask` does */
  async require(chain: Chain, service: string, address: Hex): Promise<void> {
    const name = `${service} ${chain.epoch} ${address.toLowerCase()}`
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const looked = look(chain, address)
    if (this.#known.size >= addressesMax) this.#known.clear()
    this.#known.set(name, looked)
    looked.catch(() => this.#known.delete(name))
    return looked
  }
}

const [addressesMax, lookMs] = [10_000, 10_000]

async function look(chain: Chain, address: Hex): Promise<void> {
  const signal = AbortSignal.timeout(lookMs)
  const code = await ask(chain, 'eth_getCode', [address, 'latest'], { signal })
  if (code !== '0x') return
  const why = 'its deployment may be among what a crash took away; deploy it again'
  throw evmError('CONTRACT_MISSING', `The chain has no code at ${address}: ${why}.`)
}
