import type { Hex } from 'viem'
import { getAddress } from 'viem/utils'
import type { Chain } from '../chain.ts'
import { askMany, type RpcAnswer, resultOf } from '../chain-rpc.ts'

/** ERC-1967: Keccak-256 of `eip1967.proxy.implementation`, and of `.beacon`, less one. */
const implementationSlot = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'
const beaconSlot = '0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50'
/** `implementation()`. */
const implementationCall = '0x5c60da1b'
/** ERC-1167; arguments may follow. */
const minimalProxy = /^0x363d3d373d3d3d363d73([0-9a-f]{40})5af43d82803e903d91602b57fd5bf3/

/**
 * Whose code a contract runs, where it is a proxy of ERC-1967 (with a beacon too) or a minimal one
 * of ERC-1167; undefined where it is none. Not followed any further.
 * @throws what `Chain.send` does, CHAIN_REFUSED, CHAIN_GARBLED
 */
export async function implementationOf(
  chain: Pick<Chain, 'send'>,
  address: string,
  signal: AbortSignal,
): Promise<Hex | undefined> {
  const ask = { signal }
  const answers = await askMany(
    chain,
    [
      { method: 'eth_getCode', params: [address, 'latest'] },
      { method: 'eth_getStorageAt', params: [address, implementationSlot, 'latest'] },
      { method: 'eth_getStorageAt', params: [address, beaconSlot, 'latest'] },
    ],
    ask,
  )
  const [code, implementation, beacon] = answers.map((one) => textOf(one))
  const minimal = minimalProxy.exec(code?.toLowerCase() ?? '')?.[1]
  if (minimal) return getAddress(`0x${minimal}`)
  const direct = addressIn(implementation)
  if (direct) return direct
  const through = addressIn(beacon)
  if (!through) return undefined
  const call = { to: through, data: implementationCall }
  const [answer] = await askMany(chain, [{ method: 'eth_call', params: [call, 'latest'] }], ask)
  // What stands in the slot need not be a beacon: then nobody is the implementation.
  return answer && 'result' in answer ? addressIn(textOf(answer)) : undefined
}

function textOf(answer: RpcAnswer): string {
  const result = resultOf(answer, 'a look at a contract')
  return typeof result === 'string' ? result : ''
}

/** The address in a word, unless it is zero. */
function addressIn(word: string | undefined): Hex | undefined {
  const digits = /^0x0{24}([0-9a-fA-F]{40})$/.exec(word ?? '')?.[1]
  if (digits === undefined || /^0+$/.test(digits)) return undefined
  return getAddress(`0x${digits.toLowerCase()}`)
}
