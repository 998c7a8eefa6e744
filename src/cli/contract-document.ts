import type { CommittedCall, ContractObject } from '@openbsn/sdk'
import { anything, flag, type JsonSchema, list, object, text, whole } from './json-schema.ts'
import { fields } from './output.ts'
import { isoTime } from './values.ts'

const summary = {
  name: text,
  'address?': text,
  'hasSource?': flag,
  'verified?': text,
  'template?': text,
  'package?': text,
  'sequence?': whole,
  'policy?': text,
  'waitsFor?': text,
} as const

/** Contracts as `--json` prints them. */
export const contractsSchema: JsonSchema = object({ contracts: list(object(summary)) })

/** One contract as `--json` prints it. */
export const contractSchema: JsonSchema = object({
  ...summary,
  'abi?': list(anything),
  'proxyOf?': text,
  'source?': anything,
  'step?': text,
  'functions?': list(text),
  'warnings?': list(object({ file: text, line: whole, chance: text, text, why: text })),
})

/** A contract for people: its functions instead of its ABI, and what may differ between peers. */
export function contractText({ abi = [], source, ...rest }: ContractObject): string {
  const { functions: named = [], warnings = [], ...contract } = rest
  const sources = source && Object.keys(source.sources).join(' ')
  const shown = fields({ ...contract, sources, compiler: source?.compiler })
  const functions = abi.map(signatureOf).filter((one) => one !== undefined)
  const found = warnings.map(({ file, line, why }) => `${file}:${line}: ${why}`)
  return [shown, ...functions, ...named.map((one) => `function ${one}`), ...found].join('\n')
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

/** What a call that changes something tells beside its place. */
export const callResult = {
  'name?': text,
  'address?': text,
  'result?': text,
  'from?': text,
  'to?': text,
  'gasUsed?': text,
  'events?': list(anything),
} as const

/** What became of a write, as `--json` prints it. */
export const committedSchema: JsonSchema = object({
  request: text,
  isRepeat: flag,
  transaction: text,
  height: whole,
  time: text,
  receipt: text,
  ...callResult,
})

export function committedDocument(committed: CommittedCall<object>) {
  return { ...committed, time: isoTime(committed.time) }
}

/** A value that a contract gave: text as it is, all else as JSON. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
