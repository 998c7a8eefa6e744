import type { Change, ReplayedAct } from '../../ledger/verify/act-replay.ts'
import { type Item, type ItemMap, Tagged } from '../../ledger/verify/cbor.ts'
import { anything, type JsonSchema, list, object, text, whole } from '../json-schema.ts'
import { isoTime } from '../values.ts'
import type { AuditedAct } from './audit-ledger.ts'

/** One act as `--json` prints it; bytes in hex. `before` is null where the object is new. */
export const actSchema: JsonSchema = object({
  index: whole,
  height: whole,
  time: text,
  by: text,
  kid: text,
  module: text,
  act: text,
  changes: list(object({ key: text, before: anything, after: anything })),
  'statement?': text,
  'receipt?': text,
})

/** The document of `actSchema`. */
export function actDocument({ line, time, changes, ...act }: AuditedAct): Record<string, unknown> {
  const proof = line ? { statement: line.statement, receipt: line.receipt } : {}
  const told = changes.map(({ key, before, after }) => ({
    key,
    before: before ? plain(before) : null,
    after: plain(after),
  }))
  return { ...act, time: isoTime(time), changes: told, ...proof }
}

/** Rows for a table of acts. */
export const actHead = ['INDEX', 'TIME', 'BY', 'ACT', 'WHAT'] as const

/** The cells under `actHead`. */
export function actRow({ index, time, by, act, changes }: ReplayedAct): string[] {
  return [String(index), isoTime(time), by, act, changes.map(changeText).join('; ')]
}

function changeText({ key, before, after }: Change): string {
  if (!before) return `${key} new: ${fieldTexts(new Map(), after).join(', ')}`
  return `${key}: ${fieldTexts(before, after).join(', ')}`
}

function fieldTexts(before: ItemMap, after: ItemMap): string[] {
  return [...after].flatMap(([name, value]) => {
    if (name === 'version') return []
    const [old, now] = [before.get(name), value].map((item) => shortText(item))
    if (old === now) return []
    return [before.has(name) ? `${name} ${old} → ${now}` : `${name} ${now}`]
  })
}

function shortText(item: Item | undefined): string {
  if (Buffer.isBuffer(item)) return `${item.toString('hex', 0, 8)}…`
  return typeof item === 'string' ? item : JSON.stringify(plain(item ?? null))
}

function plain(item: Item): unknown {
  if (Buffer.isBuffer(item)) return item.toString('hex')
  if (item instanceof Tagged) return plain(item.content)
  if (item instanceof Map) {
    return Object.fromEntries([...item].map(([name, value]) => [String(name), plain(value)]))
  }
  return Array.isArray(item) ? item.map(plain) : item
}

/** Objects whose keys have the service behind the first slash. */
const kindsOfService: readonly string[] = [
  ...['service', 'participant', 'chain', 'account'],
  ...['channel', 'change', 'contract'],
]

/** The services that an act concerns, by what it changed. */
export function servicesOf({ changes }: Pick<ReplayedAct, 'changes'>): Set<string> {
  return new Set(
    changes.flatMap(({ key, after }) => {
      const [kind, id = ''] = key.split('/')
      if (kindsOfService.includes(kind ?? '')) return [id]
      const service = kind === 'credential' ? after.get('service') : undefined
      return typeof service === 'string' ? [service] : []
    }),
  )
}
