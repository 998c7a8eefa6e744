import assert from 'node:assert/strict'
import { program } from '../cli/bsn.ts'
import { laterVersion } from '../cli/later-version.ts'
import type { NetworkArena, NetworkFault } from './network-arena.ts'
import type { NetworkNode } from './network-node.ts'

async function replace(arena: NetworkArena, node: NetworkNode, launcher: string): Promise<void> {
  await node.stop()
  node.program = launcher
  await node.start()
  await arena.cities.isUpToDate(node)
}

/** One node after the other becomes the later version, and back, while users go on. */
export const rollingUpgrade: NetworkFault = {
  name: 'a rolling upgrade, and back',
  run: async (arena) => {
    const { cities } = arena
    const { launcher, version } = laterVersion(cities.folder.file('later'))
    const at = cities.node('oslo').gateway
    const softwareOf = async ({ name }: NetworkNode) => {
      const { software } = await cities.does(['node', 'show', name, '--gateway', at])
      return software
    }
    for (const node of arena.shuffle(cities.nodes)) {
      await replace(arena, node, launcher)
      await arena.goesOn(500)
    }
    for (const node of cities.nodes) {
      assert.equal(await softwareOf(node), `openbsn ${version}`, node.name)
    }
    for (const node of arena.shuffle(cities.nodes)) {
      await replace(arena, node, program)
      await arena.goesOn(500)
    }
    for (const node of cities.nodes) {
      assert.notEqual(await softwareOf(node), `openbsn ${version}`, node.name)
    }
  },
}
