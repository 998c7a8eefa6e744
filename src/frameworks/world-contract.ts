import assert from 'node:assert/strict'
import type { Call, CallOutcome, CallStatus, Framework } from './framework.ts'

/** What the parts of the contract suite share: the world that they run in, and short ways. */

/** A service of the world, and a credential that writes to it. */
export type Writer = { readonly service: string; readonly credential: string }

export type Put = {
  readonly id: Uint8Array
  readonly key: string
  readonly text: string
  readonly contentType?: string
}

/**
 * A ledger of the adapter's kind with two services, as real as can be: what it keeps is on a disk,
 * and what it loses is lost between the adapter and the ledger.
 */
export interface FrameworkWorld {
  /** The node under test: another object after `restart`. */
  readonly node: Framework
  /** Another node of the same ledger. */
  readonly other: Framework
  readonly writers: readonly [Writer, Writer]
  /** Content types that events here can have: of what is put without one, and another. */
  readonly contentTypes: { readonly usual: string; readonly other: string }
  /** As whom events name a writer. */
  issuerOf(writer: Writer): Promise<string>
  /** The call that puts a text under a key. */
  put(writer: Writer, what: Put): Call
  /** A call that the ledger, not the adapter, rejects. */
  rejectedCall(id: Uint8Array): Call
  /** The latest text of a key. */
  get(node: Framework, writer: Writer, key: string): Promise<string | undefined>
  /** All texts of a service, or of a key in it; oldest first. */
  list(node: Framework, writer: Writer, key?: string): Promise<string[]>
  /** Settles when a node knows all that was committed through another one. */
  catchUp(node: Framework): Promise<void>
  /** Ends both nodes and starts them from what is on disk. */
  restart(): Promise<void>
  /** Nothing can be handed over while `run` runs. */
  whileCut(run: () => Promise<void>): Promise<void>
  /** Of calls that are handed over the answer is lost, or they themselves are; until `restart`. */
  lose(what: 'answers' | 'calls'): void
  /** Calls that are handed over wait for `release`; `isHeld` settles when the first one does. */
  hold(): { readonly release: () => void; readonly isHeld: Promise<void> }
  /** The ledger under `node` fails. */
  breakDown(): void
  /** Verifies a call's receipts with keys alone, and throws where they do not hold. */
  verify(call: Call, transaction: string, receipts: readonly Uint8Array[]): void
  close(): Promise<void>
}

/** One promise, tried out in a world of its own. */
export type Check = (world: FrameworkWorld) => Promise<void>

/** An id of an act that says what it is. */
export const idOf = (text: string) => new TextEncoder().encode(text)

/** Of calls that nobody gives up. */
export const never = new AbortController().signal

/** Submits one call that nobody gives up. */
export async function submitOne(node: Framework, call: Call): Promise<CallOutcome> {
  const [outcome] = await node.submit([call], never)
  assert.ok(outcome)
  return outcome
}

/** Submits a call that must be committed, and says where it is. */
export async function commitOne(node: Framework, call: Call): Promise<string> {
  const outcome = await submitOne(node, call)
  assert.equal(outcome.state, 'committed', JSON.stringify(outcome))
  return outcome.state === 'committed' ? outcome.place.transaction : ''
}

/** Submits many puts of one writer, numbered from `first`: texts and keys follow the number. */
export async function putMany(world: FrameworkWorld, first: number, count: number): Promise<void> {
  const [writer] = world.writers
  const calls = Array.from({ length: count }, (_, i) => {
    const text = `text ${first + i}`
    return world.put(writer, { id: idOf(text), key: `key-${(first + i) % 3}`, text })
  })
  for (const { state } of await world.node.submit(calls, never)) assert.equal(state, 'committed')
}

/** A put of a text by the first writer, under an id that says the same. */
export const call = (world: FrameworkWorld, text: string) =>
  world.put(world.writers[0], { id: idOf(text), key: 'key-a', text })

export const stateOf = async (status: Promise<CallStatus>) => (await status).state
