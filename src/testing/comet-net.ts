import assert from 'node:assert/strict'
import { isCodedError, toHex, verifyKeyBundle, verifyReceipts } from '@openbsn/sdk'
import type { SubmitOutcome } from '../ledger/ledger.ts'
import { type CometNode, CometWorld } from './comet-world.ts'
import { namedValidator } from './net-statements.ts'
import { engineHere } from './user-engines.ts'

const validatorNames = ['v0', 'v1', 'v2', 'v3']

/** Index of what was registered now or before. */
export function indexOf(outcome: SubmitOutcome | undefined): number {
  assert.ok(outcome && outcome.outcome !== 'refused', JSON.stringify(outcome))
  return outcome.index
}

/** How many validators' signatures an entry's receipts carry; they hold. */
export function signersOf({ ledger }: CometNode, index: number): number {
  const entry = ledger.entry(index)
  assert.ok(entry, `there is an entry ${index}`)
  const keys = verifyKeyBundle(ledger.keyBundle(), ledger.id)
  return verifyReceipts(entry.statement, ledger.receipts(index), keys).signers.length
}

/** Every node comes to the block that the first is at, with the same hash. */
export async function agree(nodes: readonly CometNode[]): Promise<void> {
  const height = Math.max(...nodes.map(({ ledger }) => ledger.head.height))
  for (const node of nodes) await node.reaches((head) => head.height >= height, 'agrees')
  const hashes = nodes.map(({ ledger }) => toHex(ledger.block(height)?.appHash ?? new Uint8Array()))
  assert.equal(new Set(hashes).size, 1)
}

/** What the tests of one network share: it has four validators, and a follower last. */
export class CometNet {
  #world: CometWorld | undefined

  get world(): CometWorld {
    return this.#world ?? assert.fail('the network was started')
  }

  get nodes(): readonly CometNode[] {
    return this.world.nodes.slice(0, 5)
  }

  at(place: number): CometNode {
    return this.world.nodes[place] ?? assert.fail(`no node ${place}`)
  }

  async start(): Promise<void> {
    if (engineHere('cometbft') === undefined) return
    const validators = validatorNames.map((name) => namedValidator(name))
    const names = [...validatorNames, 'follower', 'late', 'clone']
    const world = await CometWorld.create({ names, validators })
    this.#world = world
    await Promise.all(validatorNames.map((name) => world.start(name, name)))
    await world.start('follower')
  }

  async close(): Promise<void> {
    await this.#world?.close()
  }
}

export const sizeOf = ({ ledger }: CometNode) => ledger.head.firstIndex + ledger.head.count

/** Sends again until the network decides, as a client does. */
export async function untilDecided(
  node: CometNode,
  statements: readonly Uint8Array[],
): Promise<SubmitOutcome[]> {
  for (let tries = 0; tries < 10; tries++) {
    try {
      return await node.submit(...statements)
    } catch (error) {
      if (!isCodedError(error) || !error.retryable) throw error
      await new Promise((done) => setTimeout(done, 500))
    }
  }
  return assert.fail('the network decides again')
}
