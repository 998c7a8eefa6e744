import { evmError } from '../errors.ts'

/** A number as JSON-RPC of Ethereum has it. @throws CHAIN_GARBLED for anything else */
export function quantity(value: unknown): bigint {
  if (typeof value === 'string' && /^0x[0-9a-f]{1,64}$/i.test(value)) return BigInt(value)
  const said = JSON.stringify(value)?.slice(0, 64)
  throw evmError('CHAIN_GARBLED', `The chain answered ${said} where a number belongs.`)
}

/** As JSON-RPC of Ethereum has numbers. */
export const hexQuantity = (value: bigint | number): `0x${string}` => `0x${value.toString(16)}`

/** An object of JSON. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
