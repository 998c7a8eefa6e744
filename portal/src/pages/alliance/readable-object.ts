import { fromHex, type NodeObject, sha256, toHex } from '@openbsn/sdk'
import { nameOf } from './proposable-signers.ts'

/**
 * An object of the state, with bytes in hex, as people compare it: validators by name with their
 * power, certificates by the hash that they are shown by elsewhere, each lock by itself.
 */
export function readableObject(key: string, value: unknown, nodes: readonly NodeObject[]): unknown {
  const fields = typeof value === 'object' && value !== null ? { ...value } : undefined
  if (key === 'validators' && fields && 'sets' in fields) {
    const [, set] = listOf(listOf(fields.sets).at(-1))
    const powers = listOf(set).map((one) => {
      const [own, power] = listOf(one)
      return [nameOf(hashOf(own), nodes), power] as const
    })
    return Object.fromEntries(powers)
  }
  if (key === 'roots' && fields && 'roots' in fields) {
    return { ...fields, roots: listOf(fields.roots).map(hashOf) }
  }
  return key === 'alliance' && fields ? readableRules(fields) : value
}

function readableRules(fields: object): object {
  const { locks, ...rest } = fields as { readonly locks?: unknown }
  const shares = Object.entries(rest).map(([name, value]) =>
    name === 'quorum' || name === 'threshold' ? [name, listOf(value).join('/')] : [name, value],
  )
  const each = listOf(locks).map((one) => {
    const [kind, seconds] = listOf(one)
    return [`lock ${kind}`, seconds]
  })
  return Object.fromEntries([...shares, ...each])
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const hashOf = (hex: unknown) => toHex(sha256(fromHex(String(hex)) ?? new Uint8Array()))
