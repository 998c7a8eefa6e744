import { isCodedError, type Signer } from '@openbsn/sdk'
import { assert } from '../src/kernel/assert.ts'
import type { SubmitOutcome } from '../src/ledger/ledger.ts'
import type { OpenLedger } from '../src/ledger/open-ledger.ts'
import type { City } from './cities.ts'
import type { EngineDisk } from './engine.ts'
import type { MemoryDisk } from './memory-disk.ts'
import { NodeProcess, type NodeShare } from './node-process.ts'
import type { Decided } from './votes.ts'

/** What a gateway answers to one statement: its outcome, or why there is none. */
export type Answer = SubmitOutcome | { readonly fault: string }

/** What outlives a crash: the ledger, the blocks that were decided, and what its engine signed. */
export type NodeDisk = {
  readonly ledger: MemoryDisk
  readonly decided: Decided[]
  readonly engine: EngineDisk | undefined
}

export type NodeFacts = {
  readonly id: string
  readonly city: City
  /** Its place among the validators; undefined where it only follows. */
  readonly validator: number | undefined
  readonly signer: Signer | undefined
  /** True where it tells half of the others something else: an attacker with a validator's key. */
  readonly isTwoFaced: boolean
  /** How far its clock is off. */
  readonly skewMs: number
  readonly disk: NodeDisk
}

/** A city node: a machine with a disk and a clock, and a process that can be gone. */
export class SimNode {
  readonly facts: NodeFacts
  /** Nodes that it tells of blocks, and that tell it. */
  readonly peers: SimNode[] = []
  readonly #share: NodeShare
  #process: NodeProcess | undefined

  constructor(facts: NodeFacts, share: NodeShare) {
    this.facts = facts
    this.#share = share
  }

  get id(): string {
    return this.facts.id
  }

  get city(): City {
    return this.facts.city
  }

  get isUp(): boolean {
    return this.#process !== undefined
  }

  get process(): NodeProcess {
    assert(this.#process !== undefined, `${this.id} is up`)
    return this.#process
  }

  get ledger(): OpenLedger {
    return this.process.ledger
  }

  /** Opens the ledger that is on its disk, and takes part. */
  async start(): Promise<void> {
    assert(this.#process === undefined, `${this.id} is not up yet`)
    this.#process = new NodeProcess(this, this.#share)
    await this.#process.start()
  }

  /** The process is gone, with all that was not on the disk. */
  crash(): void {
    this.#process?.end()
    this.#process = undefined
  }

  /** Sends something to the process of another node: lost on the way, or where that one is down. */
  tell(to: SimNode, say: (process: NodeProcess) => unknown): void {
    this.#share.network.send(this.city, to.city, () => to.#hear(say))
  }

  #hear(say: (process: NodeProcess) => unknown): unknown {
    return this.#process && say(this.#process)
  }

  /** A statement as its gateway takes it. The answer comes when there is one, if there ever is. */
  async serve(statement: Uint8Array, answer: (answer: Answer) => void): Promise<void> {
    try {
      const [outcome] = await this.ledger.submit([statement])
      assert(outcome !== undefined, 'one statement has one outcome')
      answer(outcome)
    } catch (error) {
      if (!isCodedError(error)) throw error
      answer({ fault: error.code })
    }
  }
}
