import { identityRecords } from './check-identities.ts'
import { wrong } from './finding.ts'
import { sha256 } from './hashes.ts'
import type { RunReader, Snapshot } from './snapshot.ts'

/** Head of 64 bytes, 40 bytes an entry (identity, index), filter, SHA-256 of head and filter. */
const headBytes = 64
const entryBytes = 40
const checksumBytes = 32
const daySeconds = 86_400
const filterBitsPerEntry = 10
const filterProbes = 7

/** Identities of one pass over a run: 128 MB. */
const passEntries = 2 ** 22
const readEntries = 25_000

type Run = {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly file: RunReader
}

/**
 * The index of identities has what the entries have: every entry below the manifest's mark is in
 * exactly the run that says so, sorted, with a filter that finds it.
 * @throws VERIFY_RUN_WRONG
 */
export function checkRuns(snapshot: Snapshot, size: number): void {
  const { runs } = snapshot
  if (!runs) throw wrong('run', 'manifest', 'the list of runs is missing or cannot be read')
  let next = 0
  for (const { name, from, to, file } of runs.list) {
    if (from !== next || to <= from || to > size) {
      throw wrong('run', 'manifest', `${name} does not follow the run before it`)
    }
    if (!file) throw wrong('run', name, 'it is missing')
    checkRun({ name, from, to, file }, snapshot)
    next = to
  }
  if (next !== runs.flushedTo) throw wrong('run', 'manifest', 'the runs end elsewhere than it says')
}

function checkRun(run: Run, snapshot: Snapshot): void {
  const { name, from, to, file } = run
  const count = to - from
  const filter = Buffer.alloc(Math.ceil((count * filterBitsPerEntry) / 8) + 8)
  const entriesEnd = headBytes + count * entryBytes
  if (file.size !== entriesEnd + filter.length + checksumBytes) {
    throw wrong('run', name, 'its size is not that of its entries')
  }
  const days = checkEntries(run, snapshot, filter)
  const head = Buffer.alloc(headBytes)
  head.write('BSNRUN01')
  head.writeBigUInt64BE(BigInt(count), 8)
  head.writeUInt32BE(days.min, 16)
  head.writeUInt32BE(days.max, 20)
  head.writeUInt32BE(filter.length, 24)
  if (!file.read(0, headBytes).equals(head)) throw wrong('run', name, 'its head is wrong')
  if (!file.read(entriesEnd, filter.length).equals(filter)) {
    throw wrong('run', name, 'its filter is not that of its entries')
  }
  if (!file.read(entriesEnd + filter.length, checksumBytes).equals(sha256(head, filter))) {
    throw wrong('run', name, 'its checksum is wrong')
  }
}

/** Compares with the identity records, as many at a time as memory allows; fills the filter. */
function checkEntries(run: Run, snapshot: Snapshot, filter: Buffer) {
  const days = { min: 0xffffffff, max: 0 }
  for (let start = run.from; start < run.to; start += passEntries) {
    const end = Math.min(run.to, start + passEntries)
    const identities = Buffer.alloc((end - start) * 32)
    for (const { index, record } of recordsFrom(snapshot, start)) {
      if (index >= end) break
      identities.set(record.subarray(0, 32), (index - start) * 32)
      const day = Math.floor(Number(record.readBigUInt64BE(64)) / daySeconds)
      days.min = Math.min(days.min, day)
      days.max = Math.max(days.max, day)
    }
    comparePass(run, { start, end, identities }, filter)
  }
  return days
}

/** A run can begin inside of a chunk. */
function* recordsFrom(snapshot: Snapshot, from: number) {
  let first = from
  while (first > 0 && !snapshot.identities.get(first)) first--
  for (const one of identityRecords(snapshot, first)) if (one.index >= from) yield one
}

type Pass = { readonly start: number; readonly end: number; readonly identities: Buffer }

function comparePass(run: Run, { start, end, identities }: Pass, filter: Buffer): void {
  let before: Buffer = Buffer.alloc(0)
  let found = 0
  for (const entry of entriesOf(run)) {
    if (before.length > 0 && before.compare(entry, 0, 32, 0, 32) >= 0) {
      throw wrong('run', run.name, 'its entries are not in order')
    }
    before = entry
    const index = Number(entry.readBigUInt64BE(32))
    if (index < run.from || index >= run.to) throw wrong('run', run.name, `it has entry ${index}`)
    if (index < start || index >= end) continue
    const at = (index - start) * 32
    if (identities.compare(entry, 0, 32, at, at + 32) !== 0) {
      throw wrong('run', run.name, `it has another identity for entry ${index}`)
    }
    addToFilter(filter, entry)
    found++
  }
  // Identities differ and are in order, so no index can be there twice.
  if (found !== end - start) throw wrong('run', run.name, 'it lacks entries')
}

function* entriesOf({ name, from, to, file }: Run): Generator<Buffer> {
  for (let place = from; place < to; place += readEntries) {
    const count = Math.min(readEntries, to - place)
    const bytes = file.read(headBytes + (place - from) * entryBytes, count * entryBytes)
    if (bytes.length !== count * entryBytes) throw wrong('run', name, 'it is cut short')
    for (let at = 0; at < bytes.length; at += entryBytes) yield bytes.subarray(at, at + entryBytes)
  }
}

/** A Bloom filter; words 4 and 5 of the identity give its probes. */
function addToFilter(filter: Buffer, identity: Buffer): void {
  const step = identity.readUInt32BE(20)
  let probe = identity.readUInt32BE(16)
  for (let i = 0; i < filterProbes; i++) {
    const bit = probe % (filter.length * 8)
    filter[bit >>> 3] = (filter[bit >>> 3] ?? 0) | (1 << (bit & 7))
    probe = (probe + step) >>> 0
  }
}
