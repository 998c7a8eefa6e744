import assert from 'node:assert/strict'
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { networkPaths } from '../../src/node/network/network-file.ts'
import { bsn } from '../cli/bsn.ts'
import { eventually } from '../scenarios/network-world.ts'
import { fillDisk } from './mounts.ts'
import type { NetworkFault } from './network-arena.ts'
import type { NetworkNode } from './network-node.ts'

/** The node whose data folder is a disk of its own, and how large that is. */
export const smallDisk = { lagos: '200m' } as const
/** So much is left of a disk that is full: a block or two. */
const roomBytes = 400_000

/** The node, or its CometBFT, cannot write; with room again an operator starts what has ended. */
export const fullDisk: NetworkFault = {
  name: 'a full disk of one validator',
  run: async (arena) => {
    const node = arena.cities.node('lagos')
    const { engine } = node
    const makeRoom = fillDisk(node.home, roomBytes)
    await arena.goesOn(5000)
    const isHit = () => !node.isRunning || node.engine !== engine
    await arena.isTrue(isHit, 'the node has noticed')
    await arena.goesOn(3000)
    makeRoom()
    if (!node.isRunning) await node.start()
  },
}

/** As network.md says: join anew under another name, be made a validator, retire the old one. */
export const emptyDisk: NetworkFault = {
  name: 'a validator that lost its disk and joins anew',
  run: async (arena) => {
    const { cities } = arena
    const lost = cities.node('berlin')
    await lost.cutPower()
    await cities.lose(lost)
    rmSync(lost.home, { recursive: true })
    await arena.goesOn(1000)
    const node = await cities.invite('berlin-2', lost.host)
    await node.start()
    await cities.isUpToDate(node)
    await cities.change('promote', node.name)
    await cities.change('demote', lost.name)
    await cities.change('retire', lost.name)
    arena.validators.splice(arena.validators.indexOf(lost.name), 1, node.name)
    // Without it the others are too few for three of the old four and the new one.
    await cities.node('lagos').cutPower()
    await arena.goesOn(2000)
    await cities.node('lagos').start()
  },
}

/** Node data, the list that people read, and metrics of a node tell of those with such a key. */
async function areShown(witness: NetworkNode, names: readonly string[]): Promise<void> {
  type Nodes = { readonly nodes: readonly { id: string; equivocation?: object }[] }
  const told = async () => {
    const answer = await fetch(`${witness.gateway}/api/v1/nodes`)
    const { nodes } = (await answer.json()) as Nodes
    return nodes.filter(({ equivocation }) => equivocation).map(({ id }) => id)
  }
  // A node says which key it has when it has started.
  await eventually(told, (twice) => isDeepStrictEqual(twice.toSorted(), names))
  const list = await bsn(['node', 'list', '--gateway', witness.gateway])
  const shown = list.stdout.split('\n').filter((line) => line.includes('signed twice'))
  assert.deepEqual(shown.map((line) => line.split('\t')[0]).toSorted(), names, list.stdout)
  assert.match(witness.metrics(), /^bsn_byzantine_evidence_total [1-9]/m)
}

/**
 * A second node that signs with the keys of a validator. It is seen by all and harms nobody: a
 * single one of four.
 */
export const clonedKey: NetworkFault = {
  name: 'a clone of a validator key on a second machine',
  run: async (arena) => {
    const { cities } = arena
    const [victim, witness] = [cities.node('lima'), cities.node('rome')]
    const clone = await cities.invite('clone')
    const [from, to] = [networkPaths(victim.home), networkPaths(clone.home)]
    copyFileSync(from.consensusKey, to.consensusKey)
    copyFileSync(join(victim.home, 'keys/validator.json'), join(clone.home, 'keys/validator.json'))
    await clone.start()
    await cities.hasCaughtUp(clone)
    // Only where the two vote differently: mostly when it is their turn to propose.
    await witness.says(/validator\.equivocated/, 180_000)
    await areShown(witness, [clone.name, victim.name])
    await arena.goesOn(5000)
    await cities.voteOut(victim.name)
    arena.validators.splice(arena.validators.indexOf(victim.name), 1)
    await arena.goesOn(3000)
    await clone.cutPower()
    await cities.lose(clone)
  },
}
