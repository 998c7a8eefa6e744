import type { CommittedCall, ContractObject } from '@openbsn/sdk'
import { anything, flag, type JsonSchema, list, object, text, whole } from './json-schema.ts'
import { fields } from './output.ts'
import { isoTime } from './values.ts'

const summary = {
  name: text,
  address: text,
  verified: flag,
  'template?': text,
  'proxyOf?': text,
} as const

/** Contracts as `--json` prints them. */
export const contractsSchema: JsonSchema = object({ contracts: list(object(summary)) })

/** One contract as `--json` prints it. */
export const contractSchema: JsonSchema = object({
  ...summary,
  abi: list(anything),
  'sources?': anything,
  'compiler?': text,
})

/** A contract for people: its functions instead of its ABI. */
export function contractText({ abi, sources, ...contract }: ContractObject): string {
  const shown = fields({
    ...contract,
    ...(sources === undefined ? {} : { sources: Object.keys(sources).join(' ') }),
  })
  const functions = abi.map(signatureOf).filter((one) => one !== undefined)
  return [shown, ...functions].join('\n')
}

type Item = {
  readonly type?: unknown
  readonly name?: unknown
  readonly stateMutability?: unknown
  readonly inputs?: unknown
}

function signatureOf(item: Item): string | undefined {
  if (item.type !== 'function' && item.type !== 'event') return undefined
  const inputs = Array.isArray(item.inputs) ? item.inputs : []
  const parts = inputs.map(({ type, name }) => [type, name].filter(Boolean).join(' '))
  const how = item.type === 'event' ? '' : ` ${item.stateMutability ?? ''}`
  return `${item.type} ${item.name}(${parts.join(', ')})${how}`
}

/** What became of a write, as `--json` prints it. */
export const committedSchema: JsonSchema = object({
  request: text,
  isRepeat: flag,
  transaction: text,
  height: whole,
  time: text,
  receipt: text,
  result: anything,
})

export function committedDocument<Result>({ time, ...committed }: CommittedCall<Result>) {
  return { ...committed, time: isoTime(time) }
}

/** A value that a contract gave: text as it is, all else as JSON. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
