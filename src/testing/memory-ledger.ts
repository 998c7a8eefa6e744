import {
  actContent,
  checkpointSigStructure,
  emptyRoot,
  emptyStateRoot,
  encodeAnchor,
  encodeCheckpoint,
  encodeGenesis,
  encodeKeyBundle,
  encodeReceipt,
  type Genesis,
  isCodedError,
  leafHash,
  ledgerIdOf,
  nodeHash,
  parseStatement,
  sha256,
  splitPoint,
  statementIdentity,
  toHex,
  validator,
} from '@openbsn/sdk'
import { authorityFieldsOf } from '../crypto/authority-fields.ts'
import { bytesOfSubmission, type Submission } from '../crypto/own-statement.ts'
import type { CommittedEntry } from '../frameworks/records/record-feed.ts'
import type { RecordLists } from '../frameworks/records/record-lists.ts'
import type { EntryFilter, EntryQuery } from '../gateway/entry-query.ts'
import { assert } from '../kernel/assert.ts'
import type { Block, EntryRecord, Ledger, StateItem, SubmitOutcome } from '../ledger/ledger.ts'
import type { UsageQuery, UsageRow } from '../metering/usage.ts'
import { namedSigner } from './named-signer.ts'

export type MemoryLedger = Ledger & {
  /** Awaited by every `submit` before it begins: tests hold requests there. */
  gate: Promise<void>
  /** Objects of the state, by key: tests put them there. Proofs are of an empty state. */
  readonly objectsByKey: Map<string, Uint8Array>
  /** Records by credential and day since 1970, such as `c1 20000`. */
  readonly recordsByDay: Map<string, number>
  /** While false, entries have no receipts yet. */
  isSigning: boolean
  /** Told of each block's entries when it is the head. */
  onBlock: (firstIndex: number, entries: readonly CommittedEntry[]) => void
}

const genesis: Genesis = {
  name: 'Test alliance',
  time: 1_700_000_000,
  nonce: new Uint8Array(16),
  member: { id: 'founder', key: namedSigner('founder').key },
  validators: [validator(namedSigner('validator').key, 1)],
}

/**
 * The whole interface over arrays: each `submit` that appends is a block, ten seconds after the one
 * before. Receipts and proofs are real; signatures and rights are not checked, and no act changes
 * the state.
 */
export function createMemoryLedger(): MemoryLedger {
  const id = ledgerIdOf(encodeGenesis(genesis))
  const entries: EntryRecord[] = []
  const acts = new Map<string, number>()
  const blocks = [blockOf(entries, 0, 0)]
  const head = () => blocks.at(-1) ?? blockOf(entries, 0, 0)

  function register(statement: Uint8Array): SubmitOutcome {
    try {
      const parsed = parseStatement(statement)
      const act = toHex(statementIdentity(parsed))
      const found = entries[acts.get(act) ?? -1]
      if (found) return repeatOf(found, statement)
      acts.set(act, entries.length)
      const [index, height, authority] = [entries.length, blocks.length, authorityFieldsOf(parsed)]
      entries.push({ index, height, time: timeOf(height), statement: statement.slice() })
      return { outcome: 'appended', index, height, authority }
    } catch (error) {
      return refusedBy(error)
    }
  }

  async function submit(statements: readonly Submission[]): Promise<SubmitOutcome[]> {
    await ledger.gate
    const first = entries.length
    const outcomes = statements.map((one) => register(bytesOfSubmission(one)))
    if (entries.length > first) {
      blocks.push(blockOf(entries, blocks.length, first))
      ledger.onBlock(first, committedOf(entries.slice(first)))
    }
    return outcomes
  }

  const leaves = (size: number) => leavesOf(entries.slice(0, size))
  const ledger: MemoryLedger = {
    id,
    genesis,
    gate: Promise.resolve(),
    isSigning: true,
    onBlock: () => {},
    objectsByKey: new Map(),
    ...countsOfDays(),
    get: (key) => ledger.objectsByKey.get(key),
    objects: (...page) => objectsIn(ledger.objectsByKey, ...page),
    get head() {
      return head()
    },
    submit,
    findAct: (identity) => acts.get(toHex(identity)),
    block: (height) => blocks[height],
    entry: (index) => entries[index],
    firstIndexAt: (time) => entries.find((entry) => entry.time >= time)?.index ?? entries.length,
    receipts(index) {
      const block = blocks[entries[index]?.height ?? 0]
      if (!block || !ledger.isSigning) return []
      const size = block.firstIndex + block.count
      const proof = { size, index, path: inclusion(index, leaves(size)) }
      return [encodeReceipt(anchor(block), proof, signatureOf(block))]
    },
    checkpoints: (block) =>
      block.height === 0
        ? []
        : [encodeCheckpoint(anchor(block), block.logRoot, signatureOf(block))],
    inclusionPath: (index, size) => inclusion(index, leaves(size)),
    consistencyPath: (before, size) =>
      before === 0 ? [] : consistency(before, leaves(size), true),
    tile: (level, index) => tileOf(leaves(entries.length), level, index),
    state: (key) => ({ ...unproven, value: ledger.get(key) ?? null, block: head() }),
    keyBundle: () => encodeKeyBundle({ genesis: encodeGenesis(genesis), changes: [] }),
    ...{ tryVoted: () => [], close: async () => {} },
  }

  const anchor = (block: Block) => anchorOf(block, id)
  function signatureOf(block: Block): Uint8Array {
    const message = checkpointSigStructure(anchor(block), block.logRoot)
    const signature = namedSigner('validator').sign(message)
    assert(signature instanceof Uint8Array, 'a key in memory signs at once')
    return signature
  }
  return ledger
}

function refusedBy(error: unknown): SubmitOutcome {
  if (!isCodedError(error)) throw error
  return { outcome: 'refused', code: error.code, detail: error.message }
}

const leavesOf = (entries: readonly EntryRecord[]) =>
  entries.map(({ statement }) => leafHash(statement))

function countsOfDays(): Pick<MemoryLedger, 'recordsByDay' | 'writtenOn'> {
  const recordsByDay = new Map<string, number>()
  const dayOf = (time: number) => Math.floor(time / 86_400)
  const writtenOn = (id: string, time: number) => recordsByDay.get(`${id} ${dayOf(time)}`) ?? 0
  return { recordsByDay, writtenOn }
}

function anchorOf({ firstIndex, count, height, time, stateRoot }: Block, ledger: string) {
  const { key } = namedSigner('validator')
  const place = { ledger, size: firstIndex + count, height, time, stateRoot }
  return encodeAnchor(place, key.algorithm, validator(key, 1).kid)
}

function objectsIn(
  objects: ReadonlyMap<string, Uint8Array>,
  prefix: string,
  after = '',
  limit = 1,
): StateItem[] {
  return [...objects]
    .filter(([key]) => key.startsWith(prefix) && key > after)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, limit)
    .map(([key, value]) => ({ key, value }))
}

const committedOf = (entries: readonly EntryRecord[]) =>
  entries.map(({ statement }) => ({ authority: { sub: parseStatement(statement).claims.sub } }))

/** The first entry of an act again, or a conflict with it. */
function repeatOf({ index, height, statement: first }: EntryRecord, again: Uint8Array) {
  const [before, now] = [first, again].map((bytes) => toHex(actContent(parseStatement(bytes))))
  if (before === now) return { outcome: 'duplicate', index, height } as const
  const detail = `Entry ${index} has the same cti but another payload, content type or key.`
  return { outcome: 'refused', code: 'ACT_ID_CONFLICT', detail } as const
}

const unproven = { proof: { siblings: [], leaf: null } }

const timeOf = (height: number) => genesis.time + 10 * height

function blockOf(entries: readonly EntryRecord[], height: number, firstIndex: number): Block {
  const logRoot = rootOf(entries.map(({ statement }) => leafHash(statement)))
  const place = { height, time: timeOf(height), firstIndex, count: entries.length - firstIndex }
  const appHash = sha256(logRoot, emptyStateRoot)
  return { ...place, logRoot, stateRoot: emptyStateRoot, appHash, signatures: [] }
}

/** RFC 9162, sections 2.1.1, 2.1.3.1 and 2.1.4.1, as they are written there. */
function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves
  if (!only) return emptyRoot
  if (leaves.length === 1) return only
  const k = splitPoint(leaves.length)
  return nodeHash(rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)))
}

function inclusion(index: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length <= 1) return []
  const k = splitPoint(leaves.length)
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  if (index < k) return [...inclusion(index, left), rootOf(right)]
  return [...inclusion(index - k, right), rootOf(left)]
}

function consistency(
  before: number,
  leaves: readonly Uint8Array[],
  isWhole: boolean,
): Uint8Array[] {
  if (before === leaves.length) return isWhole ? [] : [rootOf(leaves)]
  const k = splitPoint(leaves.length)
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  if (before <= k) return [...consistency(before, left, isWhole), rootOf(right)]
  return [...consistency(before - k, right, false), rootOf(left)]
}

function tileOf(leaves: readonly Uint8Array[], level: number, index: number) {
  const step = 256 ** level
  const roots: Uint8Array[] = []
  for (let at = index * 256 * step; roots.length < 256 && at + step <= leaves.length; at += step) {
    roots.push(rootOf(leaves.slice(at, at + step)))
  }
  return roots.length === 0 ? undefined : Buffer.concat(roots)
}

/** Lists what a memory ledger holds, by looking at every entry. */
export function createMemoryQuery(ledger: Ledger): EntryQuery & RecordLists {
  const size = () => ledger.head.firstIndex + ledger.head.count
  const matches =
    ({ service, key }: EntryFilter) =>
    (index: number) => {
      const { claims } = parseStatement(ledger.entry(index)?.statement ?? new Uint8Array())
      return (service ?? claims.sub) === claims.sub && (key ?? claims.key) === claims.key
    }
  return {
    get position() {
      return size()
    },
    advance: async () => {},
    async list(filter) {
      const end = Math.min(filter.toIndex, size())
      const length = Math.max(0, end - filter.fromIndex)
      const range = Array.from({ length }, (_, i) => filter.fromIndex + i)
      const found = range.filter(matches(filter))
      if (filter.order === 'newest') found.reverse()
      return { indexes: found.slice(0, filter.limit), position: size() }
    },
  }
}

/** Counts what a memory ledger holds, entry by entry: a row for each. */
export function createMemoryUsage(ledger: Ledger): UsageQuery {
  const size = () => ledger.head.firstIndex + ledger.head.count
  return {
    get position() {
      return size()
    },
    difference: () => 0,
    async list({ service, credential, fromDay, toDay, limit }) {
      const position = size()
      const rows = Array.from({ length: position }, (_, index): UsageRow => {
        const { statement = new Uint8Array(), time = 0 } = ledger.entry(index) ?? {}
        const { sub, iss } = parseStatement(statement).claims
        const place = { service: sub, credential: iss, day: Math.floor(time / 86_400) }
        return { ...place, entries: 1, bytes: statement.length }
      })
      const isIn = (row: UsageRow) =>
        (service ?? row.service) === row.service &&
        (credential ?? row.credential) === row.credential &&
        row.day >= fromDay &&
        row.day < toDay
      return { rows: rows.filter(isIn).slice(0, limit), position }
    },
  }
}
