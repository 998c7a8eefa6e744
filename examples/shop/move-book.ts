import { setTimeout } from 'node:timers/promises'
import { isCodedError } from '@openbsn/sdk'
import type { ShopState } from './move.ts'
import { type Act, type Customer, type Move, moveOfEvent, type ShopChange } from './move.ts'
import { contractName, type Holder, type PointsService } from './open-service.ts'

/** As many moves are kept at hand; those before them are on the chain all the same. */
const movesMax = 500
/** Proofs that are asked for at once; blocks are registered about a second after they are made. */
const [proofsAtOnce, proofPauseMs] = [16, 1000]
const [heartbeatMs, againMs] = [3000, 2000]

/**
 * The moves of a shop as the contract's events tell them, with the balances that the contract has,
 * and the proof of each move from the moment on that there is one.
 */
export class MoveBook {
  readonly #points: PointsService
  readonly #listeners = new Set<(change: ShopChange) => void>()
  readonly #moves = new Map<string, Move>()
  readonly #proofs = new Map<string, Uint8Array>()
  /** What an answer told of a transaction whose event has not come yet, and of those that have. */
  readonly #acts = new Map<string, Act>()
  /** Transactions that the chain forgot. */
  readonly #gone = new Set<string>()
  readonly #end = new AbortController()
  /** Ends one connection for events; another one follows. */
  #stream = new AbortController()
  readonly #loops: readonly Promise<void>[]
  #customers: readonly Customer[]
  #isGatewayUp = true
  #isStale = false

  /** Begins at once; `close` ends it. `onFault` is told what ends the events for good. */
  constructor(points: PointsService, onFault: (error: unknown) => void) {
    this.#points = points
    this.#customers = points.customers.map((one) => customerOf(one, '0'))
    this.#loops = [this.#follow(onFault), this.#gatherProofs(), this.#watchGateway()]
  }

  get state(): ShopState {
    const { ledger, service, address: contract, till } = this.#points
    return {
      ...{ ledger, service, contract },
      till: { address: till.address, credential: till.credential },
      customers: this.#customers,
      moves: [...this.#moves.values()],
      isGatewayUp: this.#isGatewayUp,
    }
  }

  /** Undefined until there is one. */
  proofOf(transaction: string): Uint8Array | undefined {
    return this.#proofs.get(transaction)
  }

  /** Says whose act a transaction was. */
  tellAct(transaction: string, act: Act): void {
    this.#acts.set(transaction, act)
    dropOldest(this.#acts)
    const move = this.#moves.get(transaction)
    if (move) this.#change([move])
  }

  /** The listener hears of every change from now on, until what is returned is called. */
  subscribe(listener: (change: ShopChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#end.abort()
    await Promise.all(this.#loops)
  }

  async #follow(onFault: (error: unknown) => void): Promise<void> {
    const { tillClient, service } = this.#points
    let from = 0
    try {
      while (!this.#end.signal.aborted) {
        const signal = AbortSignal.any([this.#end.signal, this.#stream.signal])
        const query = { from, key: contractName, signal }
        for await (const event of tillClient.events(service, query)) {
          from = Number(event.position) + 1
          const move = moveOfEvent(event)
          if (move) this.#add(move)
        }
      }
    } catch (error) {
      onFault(error)
    }
  }

  #add(move: Move): void {
    // A height that was there before: the chain went back, and goes on from there.
    const wentBack = [...this.#moves.values()].some(({ height }) => +height >= +move.height)
    const { transaction, height } = move
    this.#gone.delete(transaction)
    // In another block it needs another proof.
    if (this.#moves.get(transaction)?.height !== height) this.#proofs.delete(transaction)
    this.#change([move])
    if (wentBack) void this.#lookAgain()
    this.#refresh()
  }

  /** Moves that are new or have something new to tell. */
  #change(moves: readonly Move[]): void {
    const told = moves.map((move): Move => {
      const act = this.#acts.get(move.transaction)
      const known = this.#proofs.has(move.transaction) ? 'proven' : 'pending'
      const proof = this.#gone.has(move.transaction) ? 'gone' : known
      return { ...move, proof, ...(act ? { act } : {}) }
    })
    for (const move of told) this.#moves.set(move.transaction, move)
    for (const { transaction } of dropOldest(this.#moves)) {
      this.#proofs.delete(transaction)
      this.#gone.delete(transaction)
    }
    if (told.length > 0) this.#tell({ moves: told })
  }

  #tell(change: ShopChange): void {
    for (const listener of this.#listeners) listener(change)
  }

  /** Asks the contract for every balance; once more, where moves came while it was asked. */
  #refresh(): void {
    const isRunning = this.#isStale
    this.#isStale = true
    if (!isRunning) void this.#readBalances()
  }

  async #readBalances(): Promise<void> {
    const { till, customers } = this.#points
    while (this.#isStale && !this.#end.signal.aborted) {
      this.#isStale = false
      try {
        const balances = customers.map(async (one) => {
          const points = await till.contracts.call(contractName, 'balanceOf', [one.address])
          return customerOf(one, String(points))
        })
        this.#customers = await Promise.all(balances)
        this.#tell({ customers: this.#customers })
      } catch {
        this.#isStale = true
        await this.#pause(againMs)
      }
    }
  }

  async #gatherProofs(): Promise<void> {
    const { contracts } = this.#points.till
    while (!this.#end.signal.aborted) {
      const open = [...this.#moves.values()].filter(({ proof }) => proof === 'pending')
      await Promise.all(
        open.slice(0, proofsAtOnce).map(async (move) => {
          // Not there yet, or nobody answers: it is asked for again.
          const proof = await contracts.proof(move.transaction).catch(() => undefined)
          if (!proof) return
          this.#proofs.set(move.transaction, proof)
          this.#change([this.#moves.get(move.transaction) ?? move])
        }),
      )
      await this.#pause(proofPauseMs)
    }
  }

  /** A question that no chain has to be woken for. */
  async #watchGateway(): Promise<void> {
    while (!this.#end.signal.aborted) {
      const isUp = await this.#points.stranger.checkpoint().then(
        () => true,
        (error: unknown) => isCodedError(error) && !error.retryable,
      )
      if (isUp !== this.#isGatewayUp) {
        this.#isGatewayUp = isUp
        this.#tell({ isGatewayUp: isUp })
        if (isUp) {
          // The longer a gateway was away, the longer the client waits before it asks for events.
          this.#stream.abort()
          this.#stream = new AbortController()
          await this.#lookAgain()
        }
      }
      await this.#pause(heartbeatMs)
    }
  }

  /** Asks of every move whether the chain still has it. */
  async #lookAgain(): Promise<void> {
    const { contracts } = this.#points.till
    for (const move of this.#moves.values()) {
      // Whoever does not answer says nothing.
      const code = await contracts.transaction(move.transaction).then(
        () => 'THERE',
        (error: unknown) => (isCodedError(error) ? error.code : ''),
      )
      const isGone = code === 'TRANSACTION_NOT_FOUND'
      if (isGone === this.#gone.has(move.transaction) || (!isGone && code !== 'THERE')) continue
      if (isGone) this.#gone.add(move.transaction)
      else this.#gone.delete(move.transaction)
      this.#change([move])
    }
    this.#refresh()
  }

  async #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#end
    await setTimeout(milliseconds, undefined, { signal }).catch(() => undefined)
  }
}

const customerOf = ({ id, name, address, credential }: Holder, points: string): Customer => ({
  ...{ id, name, address, credential, points },
})

/** Maps keep the order in which they were filled. */
function dropOldest<T>(map: Map<string, T>): T[] {
  const dropped: T[] = []
  for (const [key, value] of map) {
    if (map.size <= movesMax) break
    map.delete(key)
    dropped.push(value)
  }
  return dropped
}
