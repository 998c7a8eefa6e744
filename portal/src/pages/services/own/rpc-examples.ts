import type { Check } from '../../../parts/form-checks.ts'

/** What chains are asked most; their words are at `try.examples`. */
export const examples: readonly { readonly method: string; readonly params: string }[] = [
  { method: 'eth_chainId', params: '[]' },
  { method: 'eth_blockNumber', params: '[]' },
  { method: 'eth_getBlockByNumber', params: '["latest", false]' },
  { method: 'eth_gasPrice', params: '[]' },
  {
    method: 'eth_getBalance',
    params: '["0x0000000000000000000000000000000000000000", "latest"]',
  },
  {
    method: 'eth_call',
    params: '[{"to": "0x0000000000000000000000000000000000000000", "data": "0x"}, "latest"]',
  },
  { method: 'eth_getLogs', params: '[{"fromBlock": "0x0", "toBlock": "latest"}]' },
]

/** A list in JSON; undefined for what is none. */
export function paramsIn(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

export const checkParams: Check = (text) => {
  if (text.trim() === '') return { what: 'empty' }
  return paramsIn(text) ? undefined : { what: 'like', like: '["latest", false]' }
}

export const checkMethod: Check = (text) => {
  if (text.trim() === '') return { what: 'empty' }
  return /^[A-Za-z0-9_]{1,100}$/.test(text.trim()) ? undefined : { what: 'like', like: 'eth_call' }
}
