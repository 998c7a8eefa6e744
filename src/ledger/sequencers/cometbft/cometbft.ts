import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { CodedError, isCodedError, type Signer } from '@openbsn/sdk'
import { type CheckedStatement, type CheckResult, isRefusal } from '../../../crypto/check-pool.ts'
import type { Refusal } from '../../../crypto/check-statement.ts'
import type { Submission } from '../../../crypto/own-statement.ts'
import { assert } from '../../../kernel/assert.ts'
import type { Clock } from '../../../kernel/clock.ts'
import type { Application } from '../../application.ts'
import type { SubmitOutcome } from '../../ledger.ts'
import type { StateReader } from '../../state/state-view.ts'
import { Intake, type IntakeOptions, ledgerStopped } from '../intake.ts'
import type { Sequencer } from '../sequencer.ts'
import { type AbciServer, createAbciServer } from './abci-server.ts'
import { encodeBundle } from './bundle.ts'
import { BundleCheck } from './bundle-check.ts'
import { Consensus, type Misbehavior } from './consensus.ts'
import { createRpc, type Rpc } from './rpc.ts'
import { Undecided } from './undecided.ts'

export type CometbftOptions = IntakeOptions & {
  readonly ledger: string
  /** The first block that CometBFT decides; those before it are of the solo sequencer. */
  readonly initialHeight: number
  readonly version: string
  /** Local sockets: where this process serves ABCI, and where CometBFT serves its RPC. */
  readonly sockets: { readonly abci: string; readonly rpc: string }
  /** How long statements wait for others to share a bundle. */
  readonly bundleMs?: number
  /** How long they wait at most while bundles of this node are on their way to a block. */
  readonly busyBundleMs?: number
  /** How long the network may decide nothing while something waits, before a caller is told. */
  readonly patienceMs?: number
}

export type CometbftDeps = {
  readonly application: Application
  readonly clock: Clock
  /** The state as of the last block. */
  readonly state: StateReader
  /** This node's key for blocks; without one it follows, and signs nothing. */
  readonly signer: Signer | undefined
  /** Asked for each statement whose signature holds, before it is sent. */
  readonly admit?: ((statement: CheckedStatement) => Refusal | undefined) | undefined
  /** CometBFT itself, started after this process listens and stopped before it ends. */
  readonly engine: { start(): Promise<void>; stop(): Promise<void> }
  /** Whether a node of this name, as CometBFT gives it, may be connected to this one. */
  readonly mayConnect: (nodeId: string) => boolean
  readonly onMisbehavior: (seen: Misbehavior) => void
  readonly onFailure: (error: Error) => void
}

/** What a node asks of the CometBFT beside it. */
export type CometQuestion = 'status' | 'net_info' | 'dial_peers' | 'commit' | 'validators'
export type CometParameters = Readonly<Record<string, unknown>>

type Waiting = {
  readonly statement: CheckedStatement
  readonly settle: (outcome: SubmitOutcome) => void
  readonly fail: (error: Error) => void
}

type Sent = {
  readonly transaction: Uint8Array
  readonly group: readonly Waiting[]
  readonly sentMs: number
  /** False while CometBFT has surely not had it. */
  mayBeThere: boolean
  /** CometBFT has been asked to take it, and has not answered yet. */
  isAsked: boolean
  /** Why CometBFT did not take it, where it said so. */
  refusal: string | undefined
}

/** Of one bundle: a quarter of what CometBFT takes as one transaction. */
const bundleBytesMax = 256 * 1024
/** A bundle that is not in a block after so long will hardly be. */
const waitMsMax = 30_000
/** What another node answered has come here after so long, if this node is there at all. */
const blockTravelsMs = 300
/** What CometBFT is being asked is awaited so much longer: its answer says what can be told. */
const answerMsMax = 500
/** How often it is looked whether the network still decides. */
const watchMs = 100
/** While the network decides nothing, one request in so long finds out whether it does again. */
const probeMs = 2000

const noQuorum = (why = 'Too few validators answer: the network decides nothing now.') =>
  new CodedError('LEDGER_NO_QUORUM', `${why} Nothing was registered.`, { retryable: true })

const undecided = () =>
  new CodedError(
    'LEDGER_UNDECIDED',
    'The network has not decided in time: whether this was registered is not known yet.',
    { retryable: true },
  )

/** Puts statements in order together with other nodes, through CometBFT. */
export class Cometbft implements Sequencer {
  readonly #options: CometbftOptions
  readonly #deps: CometbftDeps
  readonly #intake: Intake
  readonly #bundles: BundleCheck
  readonly #server: AbciServer
  readonly #rpc: Rpc
  readonly #watch: NodeJS.Timeout
  readonly #bundleMs: number
  readonly #busyBundleMs: number
  readonly #patienceMs: number
  readonly #sent = new Map<string, Sent>()
  readonly #undecided: Undecided
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #flushing: NodeJS.Timeout | undefined
  #lastDecidedMs = performance.now()
  #stalledUntilMs = 0
  #noQuorumSince: number | undefined
  #state: 'open' | 'closing' | 'failed' = 'open'

  constructor(options: CometbftOptions, deps: CometbftDeps) {
    this.#options = options
    this.#deps = deps
    this.#bundleMs = options.bundleMs ?? 5
    this.#busyBundleMs = options.busyBundleMs ?? 80
    this.#patienceMs = options.patienceMs ?? 3500
    const { application, state, signer, admit } = deps
    this.#intake = new Intake(options, {
      application: { check: (statements) => this.#check(statements) },
      admit,
      enqueue: (statement) => this.#enqueue(statement),
      onEnqueued: () => undefined,
    })
    this.#bundles = new BundleCheck(application)
    this.#undecided = new Undecided((statement) => application.known(statement) !== undefined)
    const consensus = new Consensus(options, {
      ...{ application, state, signer, bundles: this.#bundles },
      onDecided: (outcomes) => this.#decided(outcomes),
      onHandshake: () => this.#sendAgain(),
      onMisbehavior: deps.onMisbehavior,
      mayConnect: deps.mayConnect,
    })
    const onFailure = (error: Error) => this.#fail(error)
    const { rpc } = options.sockets
    // A killed CometBFT leaves the file of its socket, which the next one would stumble over.
    const onHangUp = () => rmSync(rpc, { force: true })
    this.#server = createAbciServer({ handlers: consensus.handlers, onFailure, onHangUp })
    this.#rpc = createRpc({ socketPath: rpc })
    this.#watch = setInterval(() => this.#loseHope(), watchMs).unref()
  }

  /** Listens for CometBFT and starts it. @throws ENGINE_* */
  async start(): Promise<void> {
    const { abci, rpc } = this.#options.sockets
    for (const path of [abci, rpc]) rmSync(path, { force: true })
    await this.#server.listen(abci)
    await this.#deps.engine.start()
  }

  /** Of itself, peers and blocks, over its RPC. @throws ENGINE_UNREACHABLE, ENGINE_REFUSED */
  ask(question: CometQuestion, parameters?: CometParameters): Promise<unknown> {
    return this.#rpc.call(question, parameters)
  }

  /** Statements that somebody was told the fate of is not known, and that have none yet. */
  unknownOutcomes(): number {
    // What was not in a block for so long, while blocks were decided, is in no mempool any more.
    return this.#undecided.count(this.#lastDecidedMs - waitMsMax)
  }

  /**
   * Seconds since 1970 from which on nothing has been decided although something waits; undefined
   * while the network decides, and until something has waited for too long.
   */
  get noQuorumSince(): number | undefined {
    return this.#noQuorumSince
  }

  /**
   * @throws LEDGER_BUSY, LEDGER_NO_QUORUM (not sent), LEDGER_UNDECIDED, LEDGER_STOPPED (fate
   * unknown)
   */
  async submit(statements: readonly Submission[]): Promise<SubmitOutcome[]> {
    if (this.#state !== 'open') throw ledgerStopped()
    if (performance.now() < this.#stalledUntilMs) throw noQuorum()
    return await this.#intake.submit(statements)
  }

  /** A key that another node has heard of can be unknown here for as long as a block travels. */
  async #check(statements: readonly Submission[]): Promise<CheckResult[]> {
    const { application } = this.#deps
    const results = await application.check(statements)
    const isUnknown = (place: number) => {
      const result = results[place]
      return result !== undefined && isRefusal(result) && result.code === 'KEY_UNKNOWN'
    }
    const unknown = statements.filter((_, place) => isUnknown(place))
    if (unknown.length === 0) return results
    await delay(blockTravelsMs)
    const again = await application.check(unknown)
    return results.map((result, place) => (isUnknown(place) ? (again.shift() ?? result) : result))
  }

  #enqueue(statement: CheckedStatement): Promise<SubmitOutcome> {
    const known = this.#deps.application.known(statement)
    if (known) return Promise.resolve(known)
    if (this.#state === 'failed') return Promise.reject(ledgerStopped())
    return new Promise((settle, fail) => {
      const { length } = statement.bytes
      if (this.#waitingBytes + length > bundleBytesMax) this.#flush()
      this.#waiting.push({ statement, settle, fail })
      this.#waitingBytes += length
      // What comes meanwhile would be in the next block at the earliest: one bundle for each block
      // costs the network far less than one for each few milliseconds.
      const ms = this.#sent.size === 0 ? this.#bundleMs : this.#busyBundleMs
      this.#flushing ??= setTimeout(() => this.#flush(), ms)
    })
  }

  #flush(): void {
    clearTimeout(this.#flushing)
    this.#flushing = undefined
    const group = this.#waiting
    if (group.length === 0) return
    this.#waiting = []
    this.#waitingBytes = 0
    const statements = group.map(({ statement }) => statement)
    const transaction = encodeBundle(
      statements.map(({ bytes }) => bytes),
      randomBytes(8),
    )
    const id = this.#bundles.add(transaction, statements)
    const unknown = { mayBeThere: false, isAsked: false, refusal: undefined }
    this.#sent.set(id, { transaction, group, sentMs: performance.now(), ...unknown })
    void this.#send(id, transaction)
  }

  /** Until CometBFT has it in its mempool, or nobody waits for it any more. */
  async #send(id: string, transaction: Uint8Array): Promise<void> {
    const tx = Buffer.from(transaction).toString('base64')
    while (this.#sent.has(id)) {
      this.#told(id, { isAsked: true })
      try {
        const answer = await this.#rpc.call('broadcast_tx_sync', { tx })
        this.#told(id, { mayBeThere: true, isAsked: false, refusal: undefined })
        return assert(isTaken(answer), 'CometBFT takes the bundles of its own node')
      } catch (error) {
        if (!isCodedError(error)) return this.#fail(error)
        const wasThere = this.#sent.get(id)?.mayBeThere === true
        const mayBeThere = wasThere || !isSurelyNotThere(error)
        this.#told(id, { mayBeThere, isAsked: false, refusal: refusalIn(error) })
        if (isInCache(error.message)) return
        if (isFull(error.message) && !wasThere) return this.#turnAway(id, error)
        await delay(50)
      }
    }
  }

  #told(id: string, what: Partial<Pick<Sent, 'mayBeThere' | 'isAsked' | 'refusal'>>): void {
    const sent = this.#sent.get(id)
    if (sent) Object.assign(sent, what)
  }

  /** Its mempool is full. */
  #turnAway(id: string, cause: Error): void {
    const message = 'Too many statements wait in the network. Nothing of this was registered.'
    const busy = new CodedError('LEDGER_BUSY', message, { retryable: true, cause })
    for (const { fail } of this.#sent.get(id)?.group ?? []) fail(busy)
    this.#sent.delete(id)
    this.#bundles.forget(id)
  }

  /**
   * A CometBFT that began anew has lost what was in its mempool; where nobody waits, nothing says
   * any more that the network decides nothing.
   */
  #sendAgain(): void {
    if (this.#sent.size === 0) this.#noQuorumSince = undefined
    for (const [id, { transaction }] of this.#sent) void this.#send(id, transaction)
  }

  #decided(outcomes: ReadonlyMap<string, readonly SubmitOutcome[]>): void {
    this.#lastDecidedMs = performance.now()
    this.#stalledUntilMs = 0
    this.#noQuorumSince = undefined
    for (const [id, list] of outcomes) {
      const own = this.#sent.get(id)
      if (!own) continue
      this.#sent.delete(id)
      own.group.forEach(({ settle }, i) => {
        const outcome = list[i]
        assert(outcome !== undefined, 'every statement of a bundle has an outcome')
        settle(outcome)
      })
    }
    if (this.#sent.size === 0) this.#flush()
  }

  /** Tells who waits where the network decides nothing, in time for an answer within 5 s. */
  #loseHope(): void {
    const now = performance.now()
    for (const [id, sent] of this.#sent) {
      const { sentMs, isAsked, refusal } = sent
      const [waitedMs, sinceMs] = [now - sentMs, now - this.#lastDecidedMs]
      const idleMs = Math.min(waitedMs, sinceMs)
      const patienceMs = this.#patienceMs + (isAsked ? answerMsMax : 0)
      const isStalled = idleMs > patienceMs
      // Where this node catches up, the blocks that it takes in bring what waits here no nearer.
      const isRefused = refusal !== undefined && waitedMs > patienceMs
      if (!isStalled && !isRefused && waitedMs < waitMsMax) continue
      if (isStalled) {
        this.#stalledUntilMs = now + probeMs
        this.#noQuorumSince ??= this.#deps.clock.nowSeconds() - Math.floor(idleMs / 1000)
      }
      this.#sent.delete(id)
      this.#giveUp(sent, now)
    }
  }

  #giveUp({ group, mayBeThere, isAsked, refusal }: Sent, nowMs: number): void {
    const isUnknown = mayBeThere || isAsked
    if (isUnknown) this.#undecided.add(group, nowMs)
    for (const { fail } of group) fail(isUnknown ? undecided() : noQuorum(refusal))
  }

  #fail(error: unknown): void {
    if (this.#state === 'failed') return
    this.#state = 'failed'
    const cause = error instanceof Error ? error : ledgerStopped(error)
    const groups = [...this.#sent.values()].flatMap(({ group }) => group)
    for (const { fail } of [...groups, ...this.#waiting]) fail(ledgerStopped(cause))
    this.#sent.clear()
    this.#waiting = []
    this.#deps.onFailure(cause)
  }

  /** Sends what waits, and hears of it while the network decides; then ends CometBFT. */
  async close(): Promise<void> {
    if (this.#state === 'open') this.#state = 'closing'
    this.#flush()
    while (this.#sent.size > 0 || this.#intake.inCheck > 0) {
      if (this.#state === 'failed') break
      await delay(20)
      this.#flush()
    }
    clearInterval(this.#watch)
    await this.#deps.engine.stop()
    await this.#server.close()
    this.#rpc.close()
  }
}

function isTaken(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'code' in answer && answer.code === 0
}

/** CometBFT is not there, has no room, or catches up with the others. */
const isSurelyNotThere = (error: Error) =>
  isUnheard(error) || isFull(error.message) || isBehind(error.message)

function refusalIn(error: Error): string | undefined {
  if (isBehind(error.message)) return 'This node still catches up with the others.'
  return isUnheard(error) ? 'The engine of this node does not run.' : undefined
}

/** Nobody listens: nothing was sent. */
const isUnheard = ({ cause }: Error) =>
  cause instanceof Error && 'code' in cause && ['ENOENT', 'ECONNREFUSED'].includes(`${cause.code}`)

const isFull = (message: string) => message.includes('mempool is full')
const isBehind = (message: string) => message.includes('catching up')
const isInCache = (message: string) => message.includes('already exists in cache')

const delay = (ms: number) => new Promise((done) => setTimeout(done, ms))
