import { assert } from '../src/kernel/assert.ts'
import { type AbciCalls, blockOf } from './abci-calls.ts'
import type { Handler } from './event-queue.ts'
import { HeightState } from './height-state.ts'
import type { Decided, Message, Proposal, Quorum, SimBlock, Vote } from './votes.ts'

export type EngineOptions = {
  /** Place of this validator in the list of all. */
  readonly self: number
  readonly powers: readonly number[]
  readonly quorum: Quorum
  /** Names of the validators, as in CometBFT. */
  readonly addresses: readonly Uint8Array[]
}

export type EngineDeps = {
  readonly calls: AbciCalls
  readonly nowMs: () => number
  readonly nowSeconds: () => number
  /** Plans something for as long as this process lives. */
  readonly after: (ms: number, handler: Handler) => void
  /** To all other validators. */
  readonly broadcast: (messages: readonly Message[]) => void
  /** Transactions that wait, in the order they came. */
  readonly waiting: () => readonly Uint8Array[]
  /** The block is decided: it must be the head when this ends. */
  readonly decided: (decided: Decided) => Promise<void>
}

/** What outlives the process: its place in the height, and the votes that decided the last one. */
export type EngineDisk = { state: HeightState; commit: readonly Vote[] }

/** Those of `comet-home.ts`, and what CometBFT adds to them with every round. */
const timeoutMs = { propose: 1000, prevote: 300, precommit: 300 } as const
const timeoutDeltaMs = 500
/** How often all that is known of a height is told again. */
const recapMs = 1000
/** How far ahead of the own clock a proposal's time may be. */
const clockAheadMax = 3

const none = new Uint8Array()

/**
 * CometBFT as far as safety and progress go: the algorithm of Tendermint (arXiv 1807.04938) with
 * rounds, locks and timeouts, over the real handlers. Proposers take turns, whatever their power;
 * votes are not signed, but what they carry is.
 */
export class Engine {
  readonly #options: EngineOptions
  readonly #deps: EngineDeps
  readonly #disk: EngineDisk
  #early: Message[] = []

  constructor(options: EngineOptions, deps: EngineDeps, disk: EngineDisk) {
    this.#options = options
    this.#deps = deps
    this.#disk = disk
  }

  get height(): number {
    return this.#state.height
  }

  get #state(): HeightState {
    return this.#disk.state
  }

  /** Goes on where the disk says that it was. */
  async start(): Promise<void> {
    const state = this.#state
    for (const vote of state.book.all()) {
      if (vote.extension.length > 0) this.#deps.calls.takes(vote, this.#options.addresses)
    }
    state.armed.clear()
    if (state.step !== 'waiting') this.#arm(state.step, state.round)
    this.#recapLater()
    await this.#advance()
  }

  /** There is something to decide. */
  async wake(): Promise<void> {
    if (this.#state.step !== 'waiting') return
    await this.#startRound(0)
    await this.#advance()
  }

  async receive(messages: readonly Message[]): Promise<void> {
    const { height } = this.#state
    this.#early.push(...messages.filter((one) => one.height === height + 1).slice(0, 500))
    const present = messages.filter((one) => one.height === height)
    if (present.length === 0) return
    for (const message of present) await this.#take(message)
    if (this.#state.step === 'waiting') await this.#startRound(0)
    await this.#advance()
  }

  /** A block that others decided. @throws LEDGER_FORKED */
  async adopt(decided: Decided): Promise<void> {
    const { addresses } = this.#options
    for (const vote of decided.commit) {
      if (!this.#state.book.has(vote)) this.#deps.calls.takes(vote, addresses)
    }
    await this.#next(decided)
    await this.#advance()
  }

  async #take(message: Message): Promise<void> {
    const state = this.#state
    if (message.kind === 'proposal') {
      const { round, validator, block } = message
      if (state.proposals.has(round) || validator !== this.#proposerOf(round)) return
      state.proposals.set(round, message)
      state.blocks.set(block.id, block)
      if (!state.judged.has(block.id)) state.judged.set(block.id, await this.#accepts(block))
    } else {
      if (state.book.has(message)) return
      const carries = message.kind === 'precommit' && message.id !== null
      if (carries && !this.#deps.calls.takes(message, this.#options.addresses)) return
      state.book.add(message)
    }
  }

  async #accepts(block: SimBlock): Promise<boolean> {
    if (block.time > this.#deps.nowSeconds() + clockAheadMax) return false
    return this.#deps.calls.accepts(block)
  }

  #proposerOf(round: number): number {
    return (this.#state.height + round) % this.#options.powers.length
  }

  /** Follows the rules until none of them says anything more. */
  async #advance(): Promise<void> {
    for (;;) {
      if (await this.#decides()) continue
      const later = this.#state.book.roundOfOthers(this.#state.round)
      if (later !== undefined) {
        await this.#startRound(later)
        continue
      }
      if (await this.#prevotes()) continue
      if (await this.#locks()) continue
      if (await this.#givesUp()) continue
      return this.#armTimers()
    }
  }

  async #decides(): Promise<boolean> {
    const { book, blocks } = this.#state
    const decision = book.decided()
    const block = decision && blocks.get(decision.id)
    if (!decision || !block) return false
    const votes = book.of('precommit', decision.round)
    const commit = votes.filter(({ id }) => id === block.id)
    await this.#next({ block, commit })
    return true
  }

  async #next(decided: Decided): Promise<void> {
    const { powers, quorum } = this.#options
    assert(decided.block.height === this.#state.height, 'heights are decided one after the other')
    // Before the commit, which is one moment with it: nothing can fall between them here.
    this.#disk.commit = decided.commit
    this.#disk.state = new HeightState(decided.block.height + 1, powers, quorum)
    this.#state.sinceMs = this.#deps.nowMs()
    await this.#deps.decided(decided)
    const early = this.#early
    this.#early = []
    for (const message of early) await this.#take(message)
    if (early.length > 0 || this.#deps.waiting().length > 0) await this.#startRound(0)
  }

  async #startRound(round: number): Promise<void> {
    const state = this.#state
    state.round = round
    state.step = 'propose'
    if (this.#proposerOf(round) !== this.#options.self) return this.#arm('propose', round)
    if (state.proposals.has(round)) return
    const known = state.valid && state.blocks.get(state.valid.id)
    const block = known ?? (await this.#build())
    const [validRound, validator] = [state.valid?.round ?? -1, this.#options.self]
    const { height } = state
    const proposal: Proposal = { kind: 'proposal', height, round, block, validRound, validator }
    await this.#take(proposal)
    // With what binds the others to it, too: they may not have heard those votes.
    this.#deps.broadcast([proposal, ...state.book.of('prevote', validRound)])
  }

  async #build(): Promise<SimBlock> {
    const { calls, waiting, nowSeconds } = this.#deps
    const { height } = this.#state
    const txs = await calls.prepare(height, waiting(), this.#disk.commit)
    return blockOf(height, nowSeconds(), txs)
  }

  /** On the proposal of this round, where it is bound to no other block. */
  async #prevotes(): Promise<boolean> {
    const { step, proposed, round, locked, book, judged } = this.#state
    if (step !== 'propose' || !proposed) return false
    const { block, validRound } = proposed
    const isNew = validRound === -1
    if (!isNew && (validRound >= round || book.decision('prevote', validRound) !== block.id)) {
      return false
    }
    const isFree = !locked || locked.id === block.id || (!isNew && locked.round <= validRound)
    const isGood = judged.get(block.id) === true && isFree
    await this.#vote('prevote', isGood ? block.id : null)
    return true
  }

  /** Once a quorum prevoted the proposal: precommits it, and is bound to it. */
  async #locks(): Promise<boolean> {
    const { step, proposed, round, book, judged, locks } = this.#state
    if (!proposed || locks.has(round) || (step !== 'prevote' && step !== 'precommit')) return false
    const { id } = proposed.block
    if (book.decision('prevote', round) !== id || judged.get(id) !== true) return false
    locks.add(round)
    this.#state.valid = { id, round }
    if (step === 'prevote') {
      this.#state.locked = { id, round }
      await this.#vote('precommit', id)
    }
    return true
  }

  async #givesUp(): Promise<boolean> {
    const { step, round, book } = this.#state
    if (step !== 'prevote' || book.decision('prevote', round) !== null) return false
    await this.#vote('precommit', null)
    return true
  }

  async #vote(kind: Vote['kind'], id: string | null): Promise<void> {
    const { height, round, blocks } = this.#state
    this.#state.step = kind
    const block = kind === 'precommit' && id !== null ? blocks.get(id) : undefined
    const extension = block ? await this.#deps.calls.extension(block) : none
    const vote: Vote = { kind, height, round, id, validator: this.#options.self, extension }
    // Its own it does not doubt.
    this.#state.book.add(vote)
    this.#deps.broadcast([vote])
  }

  #armTimers(): void {
    const { step, round, book } = this.#state
    if (step === 'prevote' && book.hasQuorum('prevote', round)) this.#arm('prevote', round)
    if (step !== 'waiting' && book.hasQuorum('precommit', round)) this.#arm('precommit', round)
  }

  #arm(step: keyof typeof timeoutMs, round: number): void {
    const state = this.#state
    if (state.armed.has(`${step} ${round}`)) return
    state.armed.add(`${step} ${round}`)
    this.#deps.after(timeoutMs[step] + round * timeoutDeltaMs, async () => {
      if (this.#state !== state || state.round !== round) return
      if (step === 'propose' && state.step === 'propose') await this.#vote('prevote', null)
      else if (step === 'prevote' && state.step === 'prevote') await this.#vote('precommit', null)
      else if (step === 'precommit') await this.#startRound(round + 1)
      await this.#advance()
    })
  }

  /** Tells all that it knows of a height that takes long: messages may have been lost. */
  #recapLater(): void {
    this.#deps.after(recapMs, () => {
      const { step, sinceMs, book, proposals, round, valid } = this.#state
      this.#recapLater()
      if (step === 'waiting' || this.#deps.nowMs() - sinceMs < recapMs) return
      const rounds = new Set([round, valid?.round ?? round])
      const told = [...rounds].flatMap((one): Proposal[] => {
        const proposal = proposals.get(one)
        return proposal ? [proposal] : []
      })
      this.#deps.broadcast([...told, ...book.all()])
    })
  }
}
