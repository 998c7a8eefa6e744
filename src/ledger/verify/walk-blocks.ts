import { type BlockForm, blockSignedBytes } from './block-form.ts'
import { reasonOf, wrong } from './finding.ts'
import { LogCheck } from './log-check.ts'
import { type Result, recordBytes } from './messages.ts'
import { type Chunk, entryIn, identityBytes, type Piece, readPieces } from './read-chunks.ts'
import type { Replay } from './replay.ts'
import type { Snapshot } from './snapshot.ts'
import type { Pending, VerifyPool } from './verify-pool.ts'

export type WalkOptions = {
  readonly head: number
  readonly onEntries: (entries: number) => void
  readonly signal: AbortSignal | undefined
  /** Jobs under way: enough that no thread waits. */
  readonly jobsMax: number
}

export type WalkDeps = {
  readonly snapshot: Snapshot
  readonly replay: Replay
  readonly pool: VerifyPool
}

export type Walked = {
  readonly log: LogCheck
  /** The last block, where it waits for its signatures. */
  readonly pendingHeight: number | undefined
}

/** Pieces whose entries travel to a thread together. */
type Batch = { readonly pieces: readonly Piece[]; readonly pending: Pending | undefined }

const batchEntriesMin = 128
const batchBytesMin = 256 * 1024

/**
 * Follows the log from its beginning: each block with its signatures, then its entries, then the
 * roots that they lead to. What is told is the first thing that is wrong, in that order.
 * @throws VERIFY_*
 */
export async function walkBlocks(options: WalkOptions, deps: WalkDeps): Promise<Walked> {
  const walk = new Walk(options, deps)
  const batches = batchesOf(readPieces(deps.snapshot, options.head), deps.pool)
  const ahead: Batch[] = []
  for (;;) {
    options.signal?.throwIfAborted()
    while (ahead.length < options.jobsMax) {
      const { value, done } = batches.next()
      if (done) break
      ahead.push(value)
    }
    const batch = ahead.shift()
    if (!batch) break
    if (batch.pending) deps.pool.reached(batch.pending.id)
    await walk.take(batch.pieces, await batch.pending?.result)
  }
  walk.endBlock()
  return { log: walk.log, pendingHeight: walk.pendingHeight }
}

function* batchesOf(pieces: Iterable<Piece>, pool: VerifyPool): Generator<Batch> {
  let gathered: Piece[] = []
  let [entries, bytes] = [0, 0]
  for (const piece of pieces) {
    gathered.push(piece)
    if (piece.kind !== 'chunk') continue
    entries += piece.chunk.ends.length
    bytes += piece.chunk.bytes.length
    if (entries < batchEntriesMin && bytes < batchBytesMin) continue
    yield { pieces: gathered, pending: startJob(gathered, pool) }
    gathered = []
    entries = 0
    bytes = 0
  }
  yield { pieces: gathered, pending: startJob(gathered, pool) }
}

function startJob(pieces: readonly Piece[], pool: VerifyPool): Pending | undefined {
  const entries = entriesOf(pieces)
  return entries.length === 0 ? undefined : pool.start(entries)
}

function entriesOf(pieces: readonly Piece[]): Buffer[] {
  return pieces.flatMap((piece) =>
    piece.kind === 'chunk' ? piece.chunk.ends.map((_, place) => entryIn(piece.chunk, place)) : [],
  )
}

/** What the threads found, entry by entry, and what of it is taken. */
type Checked = { result: Result; base: number; taken: number }

class Walk {
  readonly log: LogCheck
  /** The last block, where it waits for its signatures. */
  pendingHeight: number | undefined
  readonly #replay: Replay
  readonly #options: WalkOptions
  readonly #pool: VerifyPool
  #block: BlockForm | undefined
  #time: number

  constructor(options: WalkOptions, { snapshot, replay, pool }: WalkDeps) {
    this.log = new LogCheck(snapshot)
    this.#replay = replay
    this.#options = options
    this.#pool = pool
    this.#time = replay.time
  }

  async take(pieces: readonly Piece[], result: Result | undefined): Promise<void> {
    const checked = result && { result, base: 0, taken: 0 }
    for (const piece of pieces) {
      if (piece.kind === 'broken') throw piece.error
      if (piece.kind === 'block') {
        this.endBlock()
        this.#begin(piece.block)
      } else if (checked) {
        await this.#chunk(piece.chunk, checked, pieces)
      }
    }
    this.#options.onEntries(this.log.size)
  }

  /** Place, time, and the signatures of those who were validators then. */
  #begin(block: BlockForm): void {
    const { height, time, firstIndex } = block
    const expected = (this.#block?.height ?? 0) + 1
    if (height !== expected) throw wrong('block', expected, `it says that its height is ${height}`)
    if (time < this.#time) throw wrong('block', height, 'its time is before that of the last one')
    if (firstIndex !== this.log.size) {
      throw wrong('block', height, `it begins at entry ${firstIndex}, not at ${this.log.size}`)
    }
    if (isPending(block, this.#replay, this.#options.head)) this.pendingHeight = height
    else requireSignatures(block, this.#replay)
    this.#block = block
    this.#time = time
  }

  async #chunk(chunk: Chunk, checked: Checked, pieces: readonly Piece[]): Promise<void> {
    const block = this.#block
    if (!block) return
    for (let place = 0; place < chunk.ends.length; place++) {
      if (checked.result.broken?.place === checked.taken - checked.base) {
        await this.#goOn(chunk.first + place, checked, pieces)
      }
      const at = (checked.taken++ - checked.base) * recordBytes
      const record = Buffer.from(checked.result.records, at, recordBytes)
      this.#entry(record, checked.result, { block, chunk, place })
      requireIdentity(record, chunk, place)
      this.log.append(Buffer.from(record.subarray(0, 32)))
    }
  }

  /** The thread stopped here: for good, or for a key that an entry just before registered. */
  async #goOn(index: number, checked: Checked, pieces: readonly Piece[]): Promise<void> {
    const { kid } = checked.result.broken ?? {}
    if (kid !== undefined && this.#replay.findKey(kid)) {
      const { id, result } = this.#pool.start(entriesOf(pieces).slice(checked.taken))
      this.#pool.reached(id)
      checked.result = await result
      checked.base = checked.taken
    }
    const { broken } = checked.result
    if (broken?.place === checked.taken - checked.base) throw wrong('entry', index, broken.why)
  }

  #entry(
    record: Buffer,
    { authors }: Result,
    { block, chunk, place }: { block: BlockForm; chunk: Chunk; place: number },
  ): void {
    const { height, time } = block
    const author = authors[record.readUInt32BE(112)]
    const exp = record.readDoubleBE(104)
    const index = chunk.first + place
    try {
      if (!author) return
      this.#replay.apply({
        author,
        iat: record.readDoubleBE(96),
        exp: Number.isNaN(exp) ? undefined : exp,
        isAct: record.readUInt32BE(116) === 1,
        index,
        height,
        time,
        bytes: () => entryIn(chunk, place),
      })
    } catch (error) {
      throw wrong('entry', index, `it should have been refused: ${reasonOf(error)}`)
    }
  }

  /** The roots that the block's entries lead to. */
  endBlock(): void {
    const block = this.#block
    if (!block) return
    if (!this.log.hasRoot(block.logRoot)) {
      const entry = this.log.suspect()
      const why = 'it is not the entry that its validators signed the log root of'
      if (entry !== undefined) throw wrong('entry', entry, why)
      throw wrong('block', block.height, 'its entries do not lead to its log root')
    }
    this.#replay.endBlock(block.firstIndex, this.log.size)
    if (!this.#replay.state.root().equals(block.stateRoot)) {
      throw wrong('block', block.height, 'its entries do not lead to its state root')
    }
    this.log.endBlock()
  }
}

/**
 * The last block of a network may wait for its signatures: the next one brings them. Where one
 * validator has no vote there is no network, and its key signs each block at once.
 */
function isPending({ height, signatures }: BlockForm, replay: Replay, head: number): boolean {
  return (
    height === head &&
    signatures.length === 0 &&
    replay.validatorsAt(height).every((one) => one.votes)
  )
}

/** Signatures that hold, of more than two thirds of the power at that height, and no others. */
function requireSignatures(block: BlockForm, replay: Replay): void {
  const { height, signatures } = block
  const validators = replay.validatorsAt(height)
  const seen = new Set<string>()
  let power = 0
  for (const one of signatures) {
    const kid = one.kid.toString('hex')
    const validator = validators.find((each) => each.kid.equals(one.kid))
    if (!validator) throw wrong('block', height, `${kid} signed it and was no validator then`)
    if (seen.has(kid)) throw wrong('block', height, `${kid} signed it twice`)
    seen.add(kid)
    const signed = blockSignedBytes(replay.ledger, block, one)
    const isOf = validator.key.algorithm === one.algorithm
    if (!isOf || !validator.key.holds(signed, one.signature)) {
      throw wrong('block', height, `the signature of ${kid} does not hold over it`)
    }
    power += validator.power
  }
  const all = validators.reduce((sum, one) => sum + one.power, 0)
  if (power * 3 > all * 2) return
  throw wrong('block', height, `signatures of ${power} out of ${all} power do not make it final`)
}

/** The stored identity record must be the entry's own. */
function requireIdentity(record: Buffer, { identities, first }: Chunk, place: number): void {
  const stored = identities.subarray(place * identityBytes, (place + 1) * identityBytes)
  const isSame =
    stored.compare(record, 32, 96, 0, 64) === 0 &&
    Number(stored.readBigUInt64BE(64)) === record.readDoubleBE(96)
  if (!isSame) throw wrong('entry', first + place, 'its identity record is not its own')
}
