import type { Abi } from 'viem'
import type { JsonObject } from '../../kernel/json.ts'
import type { Chain, Chains } from './chain.ts'
import type { ContractRegistry, KnownContract } from './contract-registry.ts'
import { implementationOf } from './contracts/proxies.ts'

type Registry = Pick<ContractRegistry, 'find'>

/** The contract, and where it is a proxy, with functions and events of what it runs, if known. */
export async function withImplementation(
  known: KnownContract,
  { service, chain, contracts }: { service: string; chain: Chain; contracts: Registry },
  signal: AbortSignal,
): Promise<KnownContract> {
  const behind = await implementationOf(chain, known.address, signal)
  const implementation = behind && contracts.find(service, behind)
  if (!implementation) return known
  return { ...known, abi: [...known.abi, ...implementation.abi] }
}

/**
 * The contract that a call names, if it is known; where that has no such function, with those of
 * what is behind it.
 */
export async function calledContract(
  service: string,
  { to, function: name }: JsonObject,
  { chains, contracts }: { readonly chains: Pick<Chains, 'of'>; readonly contracts: Registry },
  signal: AbortSignal,
): Promise<KnownContract | undefined> {
  const known = contracts.find(service, String(to))
  const chain = chains.of(service)
  if (!known || !chain || name === undefined || hasFunction(known.abi, String(name))) return known
  return withImplementation(known, { service, chain, contracts }, signal)
}

const hasFunction = (abi: Abi, name: string) =>
  abi.some((item) => item.type === 'function' && item.name === name.replace(/\(.*/, ''))
