import type { Abi, AbiEvent, AbiFunction, AbiParameter, Hex } from 'viem'
import { keccak256 } from 'viem/utils'

export type AbiError = Extract<Abi[number], { readonly type: 'error' }>
export type AbiConstructor = Extract<Abi[number], { readonly type: 'constructor' }>

/** `transfer(address,uint256)`: what selectors are made of. */
export function signatureOf(item: AbiFunction | AbiEvent | AbiError): string {
  return `${item.name}(${item.inputs.map(typeOf).join(',')})`
}

/** Its type as signatures have it: tuples by their components. */
export function typeOf(parameter: AbiParameter): string {
  if (!('components' in parameter)) return parameter.type
  const inner = parameter.components.map(typeOf).join(',')
  return `(${inner})${parameter.type.slice('tuple'.length)}`
}

/** Keccak-256 of the signature: an event's first topic, and its first 4 bytes are a selector. */
export function signatureHash(signature: string): Hex {
  return keccak256(Buffer.from(signature))
}
