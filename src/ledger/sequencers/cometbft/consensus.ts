import {
  CodedError,
  equalBytes,
  isCodedError,
  parseCheckpoint,
  type Signer,
  sha256,
  toHex,
  type Validator,
  validatorDelay,
} from '@openbsn/sdk'
import { type CheckedStatement, type CheckResult, isRefusal } from '../../../crypto/check-pool.ts'
import type { Application, Execution } from '../../application.ts'
import { sizeAfter } from '../../blocks.ts'
import { checkpointOf, holdingSignatures, signBlock } from '../../checkpoint.ts'
import type { Block, BlockSignature, SubmitOutcome } from '../../ledger.ts'
import { ValidatorSets } from '../../modules/validator-sets.ts'
import { validatorsAt } from '../../modules/validators.ts'
import type { StateReader } from '../../state/state-view.ts'
import type { AbciHandlers } from './abci-server.ts'
import type { AbciRequest, ExtendedVotes, PowerChange, Timestamp } from './abci-types.ts'
import { BlockPace } from './block-pace.ts'
import { decodeTransaction, encodeSignatures } from './bundle.ts'
import type { BundleCheck, CheckedBundle } from './bundle-check.ts'
import { outcomesOf } from './bundle-outcomes.ts'
import { snapshotHandlers } from './snapshot-handlers.ts'

export type ConsensusOptions = {
  readonly ledger: string
  /** The first block that CometBFT decides; those before it are of the solo sequencer. */
  readonly initialHeight: number
  readonly version: string
}

export type ConsensusDeps = {
  readonly application: Application
  /** The state as of the last block. */
  readonly state: StateReader
  /** This node's key for blocks; without one it follows, and signs nothing. */
  readonly signer: Signer | undefined
  readonly bundles: BundleCheck
  /** Whether a node of this name, as CometBFT gives it, may be connected to this one. */
  readonly mayConnect: (nodeId: string) => boolean
  /** A block is the head, with what became of each bundle in it, by the bundle's id. */
  readonly onDecided: (outcomes: ReadonlyMap<string, readonly SubmitOutcome[]>) => void
  /** CometBFT asked where the ledger stands: it has started, and knows of nothing before. */
  readonly onHandshake: () => void
  /** A validator signed two blocks of one height. */
  readonly onMisbehavior: (seen: Misbehavior) => void
}

export type Misbehavior = { readonly address: string; readonly height: number }

/** A proposal that was executed; nothing of it is in the ledger. */
type Candidate = {
  readonly execution: Execution
  readonly bundles: readonly CheckedBundle[]
  /** The signatures of the block before. */
  readonly before: readonly BlockSignature[] | undefined
  readonly powerChanges: readonly PowerChange[]
}

type Proposed = {
  readonly hash: Uint8Array
  readonly height: bigint
  readonly time: Timestamp
  readonly txs: readonly Uint8Array[]
}

/** At a thousand statements per second two blocks do what a dozen would. */
const pace = { paceMs: 400, many: 32 } as const

/** Proposals of one height that are kept executed. */
const candidatesMax = 8

const status = { accept: 1, reject: 2 } as const
/** BlockIDFlag: the validator voted for the block, so that its vote has an extension. */
const votedForBlock = 2

/** The ledger's rules as CometBFT asks for them: one object for the life of an engine. */
export class Consensus {
  readonly #options: ConsensusOptions
  readonly #deps: ConsensusDeps
  #candidates = new Map<string, Candidate>()
  /** Signatures of the next height that came with votes, whatever block they are for. */
  #seen: BlockSignature[] = []
  #decided: Candidate | undefined
  readonly #misbehaved = new Set<string>()
  readonly #validators = new ValidatorSets()
  readonly #pace = new BlockPace(pace)

  constructor(options: ConsensusOptions, deps: ConsensusDeps) {
    this.#options = options
    this.#deps = deps
  }

  readonly handlers: AbciHandlers = {
    info: () => this.#info(),
    initChain: (request) => this.#initChain(request),
    query: ({ path }) => this.#query(path),
    checkTx: async ({ tx }) => {
      const bundle = await this.#deps.bundles.check(tx)
      return bundle ? {} : { code: 1, log: 'This is no bundle of statements.' }
    },
    prepareProposal: (request) => this.#prepare(request),
    processProposal: async (request) => {
      const candidate = await this.#candidate(request)
      return { status: candidate ? status.accept : status.reject }
    },
    extendVote: (request) => this.#extendVote(request),
    verifyVoteExtension: (request) => {
      return { status: this.#verifyExtension(request) ? status.accept : status.reject }
    },
    finalizeBlock: (request) => this.#finalize(request),
    commit: () => this.#commit(),
    ...snapshotHandlers(() => this.#head),
  }

  get #head(): Block {
    return this.#deps.application.head
  }

  #info() {
    const { height, appHash } = this.#head
    this.#deps.onHandshake()
    const isOurs = height >= this.#options.initialHeight
    return {
      data: 'openbsn',
      version: this.#options.version,
      appVersion: 0n,
      lastBlockHeight: isOurs ? BigInt(height) : 0n,
      lastBlockAppHash: isOurs ? appHash : new Uint8Array(),
    }
  }

  /** CometBFT asks by paths of its own whom it may connect to; there is nothing else to ask. */
  #query(path: string) {
    const [, area, kind, what, id = ''] = path.split('/')
    const isFilter = area === 'p2p' && kind === 'filter'
    if (isFilter && what === 'addr') return { code: 0 }
    if (isFilter && what === 'id' && this.#deps.mayConnect(id)) return { code: 0 }
    const why = isFilter ? 'This node is not one of the alliance.' : 'Ask the gateway of this node.'
    return { code: 1, log: why }
  }

  #initChain({ chainId, initialHeight }: AbciRequest<'initChain'>) {
    const { ledger } = this.#options
    const { height, appHash } = this.#head
    if (chainId !== ledger || Number(initialHeight) !== height + 1) {
      const is = `chain ${chainId} from height ${initialHeight}`
      const message = `CometBFT begins ${is}; the ledger is ${ledger} at height ${height}.`
      throw new CodedError('ENGINE_OTHER_CHAIN', message)
    }
    requireSettled(this.#deps.state, height + 1)
    return { appHash }
  }

  /** The signatures of the last block first, then as many bundles as there is room for. */
  async #prepare({ txs, maxTxBytes, localLastCommit, height }: AbciRequest<'prepareProposal'>) {
    // The first has the time of CometBFT's genesis, which may be long ago: it decides nothing.
    if (!this.#needsSignatures(Number(height))) return { txs: [] }
    await this.#pace.due()
    const set = await this.#signaturesOf(localLastCommit.votes)
    const chosen = [encodeSignatures(this.#head.height, set)]
    let room = Number(maxTxBytes) - chosen.reduce((sum, tx) => sum + sizeOnWire(tx), 0)
    const bundles: { readonly tx: Uint8Array; readonly end: number }[] = []
    const statements: CheckedStatement[] = []
    for (const { transaction: tx, results } of await this.#deps.bundles.forProposal(txs)) {
      room -= sizeOnWire(tx)
      if (room < 0) break
      statements.push(...results.filter(isChecked))
      bundles.push({ tx, end: statements.length })
    }
    const most = this.#deps.application.prepare(statements)
    const fitting = bundles.filter(({ end }) => end <= most)
    return { txs: [...chosen, ...fitting.map(({ tx }) => tx)] }
  }

  /** A block says by whom the one before is signed, from the second that CometBFT decides. */
  #needsSignatures(height: number): boolean {
    return height > this.#options.initialHeight
  }

  /**
   * Those that came with the votes, and those that this node has seen besides. Where a vote for
   * other roots took the place of one, its own makes up for it: the block is decided.
   */
  async #signaturesOf(votes: ExtendedVotes): Promise<readonly BlockSignature[]> {
    const voted = votes.flatMap(({ blockIdFlag, voteExtension }) => {
      const parsed = Number(blockIdFlag) === votedForBlock && checkpointIn(voteExtension)
      return parsed ? [signatureOf(parsed)] : []
    })
    const seen = [...voted, ...this.#head.signatures]
    const { set, isFinal } = this.#holding(this.#head, seen)
    if (isFinal || !this.#deps.signer) return set
    const own = await signBlock(this.#options.ledger, this.#head, this.#deps.signer)
    return this.#holding(this.#head, [...seen, own]).set
  }

  #holding(block: Omit<Block, 'signatures'>, signatures: readonly BlockSignature[]) {
    const validators = this.#validators.at(this.#deps.state, block.height)
    return holdingSignatures(this.#options.ledger, block, { signatures, validators })
  }

  /** The proposal executed, or undefined where it may not be voted for. */
  async #candidate({ hash, height, time, txs }: Proposed): Promise<Candidate | undefined> {
    const key = toHex(hash)
    const known = this.#candidates.get(key)
    if (known) return known
    const { application, bundles: check } = this.#deps
    const [first, ...rest] = txs
    const before = this.#needsSignatures(Number(height)) ? this.#before(first) : undefined
    if (before === null) return undefined
    const bundles: CheckedBundle[] = []
    // All at once, so that every worker has something to verify.
    for (const bundle of await Promise.all((before ? rest : txs).map((tx) => check.check(tx)))) {
      if (!bundle) return undefined
      bundles.push(bundle)
    }
    const proposal = application.process(
      { height: Number(height), time: Math.max(this.#head.time, Number(time.seconds)) },
      bundles.flatMap(({ results }) => results),
    )
    if ('unfit' in proposal) return undefined
    const execution = application.execute(proposal)
    const powerChanges = this.#powerChanges(execution)
    const candidate = { execution, bundles, before, powerChanges }
    if (this.#candidates.size >= candidatesMax) this.#candidates.clear()
    this.#candidates.set(key, candidate)
    return candidate
  }

  /** The signatures that make the last block final; null where they do not. */
  #before(first: Uint8Array | undefined): readonly BlockSignature[] | null {
    const decoded = first && decodeTransaction(first)
    if (decoded?.kind !== 'signatures' || decoded.height !== this.#head.height) return null
    const { set, isFinal } = this.#holding(this.#head, decoded.set)
    return isFinal && set.length === decoded.set.length ? set : null
  }

  /** What CometBFT must be told, for it counts votes from two blocks on as the state does. */
  #powerChanges({ block, overlay }: Execution): PowerChange[] {
    const from = block.height + validatorDelay
    const before = this.#validators.at(this.#deps.state, from)
    const after = this.#validators.at(overlay, from)
    const powers = new Map(after.map((one) => [consensusKeyOf(one), one.power]))
    const told = new Map(before.map((one) => [consensusKeyOf(one), one.power]))
    const keys = new Set([...powers.keys(), ...told.keys()])
    return [...keys].sort().flatMap((key) => {
      const power = powers.get(key) ?? 0
      if (power === told.get(key)) return []
      return [{ consensusKey: Buffer.from(key, 'hex'), power }]
    })
  }

  async #extendVote(request: AbciRequest<'extendVote'>) {
    const { signer } = this.#deps
    // It comes without a proposal before it where the others were faster.
    const candidate = await this.#candidate(request)
    if (!candidate || !signer) return { voteExtension: new Uint8Array() }
    const { block } = candidate.execution
    const signature = await signBlock(this.#options.ledger, block, signer)
    const voteExtension = checkpointOf(this.#options.ledger, block, signature)
    this.#seen.push(signature)
    return { voteExtension }
  }

  /**
   * By form and signature. Where this node has executed the block, by the roots too: a vote for
   * other roots must not take the place of one that makes the block final. Where it has not yet,
   * such a vote is taken, and its signature counts for nothing.
   */
  #verifyExtension(request: AbciRequest<'verifyVoteExtension'>): boolean {
    const { validatorAddress, voteExtension, height, hash } = request
    const checkpoint = checkpointIn(voteExtension)
    if (checkpoint?.anchor.height !== Number(height)) return false
    // One that is late is not needed any more.
    if (Number(height) <= this.#head.height) return true
    const address = toHex(validatorAddress)
    const validators = this.#validators
      .at(this.#deps.state, Number(height))
      .filter((one) => addressOf(one) === address)
    const { anchor, logRoot } = checkpoint
    const { size, stateRoot, time } = anchor
    const block = { height: anchor.height, time, firstIndex: size, count: 0, logRoot, stateRoot }
    const signatures = [signatureOf(checkpoint)]
    const { ledger } = this.#options
    const signed = { ...block, appHash: new Uint8Array() }
    if (anchor.ledger !== ledger) return false
    const own = this.#candidates.get(toHex(hash))?.execution.block
    if (own && !isCheckpointOf(own, checkpoint)) return false
    const { set } = holdingSignatures(ledger, signed, { signatures, validators })
    this.#seen.push(...set)
    return set.length === 1
  }

  async #finalize(request: AbciRequest<'finalizeBlock'>) {
    for (const { validator, height } of request.misbehavior) {
      this.#misbehavior({ address: toHex(validator.address), height: Number(height) })
    }
    const candidate = await this.#candidate(request)
    if (!candidate) {
      const message = `Block ${request.height} was decided, and this node cannot agree with it.`
      throw new CodedError('LEDGER_FORKED', message)
    }
    this.#decided = candidate
    const { execution, powerChanges } = candidate
    const { appHash } = execution.block
    return { transactions: request.txs.length, powerChanges, appHash }
  }

  /** Each fault is told once, however often a validator repeats it. */
  #misbehavior(seen: Misbehavior): void {
    const key = `${seen.address} ${seen.height}`
    if (this.#misbehaved.has(key)) return
    this.#misbehaved.add(key)
    this.#deps.onMisbehavior(seen)
  }

  async #commit() {
    const decided = this.#decided
    if (!decided) {
      throw new CodedError('ENGINE_PROTOCOL', 'CometBFT commits what it did not decide.')
    }
    const { execution, before, bundles } = decided
    const { set, isFinal } = this.#holding(execution.block, this.#seen)
    await this.#deps.application.commit(execution, isFinal ? set : [], before)
    this.#decided = undefined
    this.#candidates = new Map()
    this.#seen = []
    this.#deps.onDecided(outcomesOf(bundles, execution.outcomes))
    for (const { id } of bundles) this.#deps.bundles.forget(id)
    this.#pace.decided(execution.block.count)
    return {}
  }
}

const isChecked = (one: CheckResult): one is CheckedStatement => !isRefusal(one)

/** @throws VALIDATORS_CHANGING, VALIDATOR_KEY_MISSING */
function requireSettled(state: StateReader, height: number): void {
  const names = (from: number) =>
    validatorsAt(state, from).map((one) => `${consensusKeyOf(one)} ${one.power}`)
  if (String(names(height)) === String(names(height + 1))) return
  // CometBFT would have to be told before its first block.
  const message = `The validators of block ${height + 1} are others than those of ${height}.`
  throw new CodedError('VALIDATORS_CHANGING', message)
}

type Parsed = ReturnType<typeof parseCheckpoint>

function isCheckpointOf(block: Execution['block'], { anchor, logRoot }: Parsed): boolean {
  return (
    anchor.size === sizeAfter(block) &&
    anchor.time === block.time &&
    equalBytes(anchor.stateRoot, block.stateRoot) &&
    equalBytes(logRoot, block.logRoot)
  )
}

function checkpointIn(extension: Uint8Array): Parsed | undefined {
  try {
    return parseCheckpoint(extension)
  } catch (error) {
    if (isCodedError(error)) return undefined
    throw error
  }
}

const signatureOf = ({ kid, algorithm, signature }: Parsed): BlockSignature => ({
  kid: Uint8Array.from(kid),
  algorithm: algorithm.id,
  signature: Uint8Array.from(signature),
})

/** CometBFT's name of a validator: the first 20 bytes of its key's SHA-256, in hex. */
export const addressOf = ({ consensusKey }: Pick<Validator, 'consensusKey'>) =>
  consensusKey ? toHex(sha256(consensusKey).subarray(0, 20)) : ''

function consensusKeyOf({ consensusKey }: Validator): string {
  if (!consensusKey) {
    const message = 'A validator has no consensus key: it cannot vote in a network.'
    throw new CodedError('VALIDATOR_KEY_MISSING', message)
  }
  return toHex(consensusKey)
}

/** A transaction with its field's tag and length. */
const sizeOnWire = (tx: Uint8Array) => tx.length + 8
