import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { program } from '../cli/bsn.ts'
import type { NetworkArena, NetworkFault } from './network-arena.ts'
import type { NetworkNode } from './network-node.ts'

const root = join(import.meta.dirname, '../..')

/** This program once more, in a folder of its own, as a later version; its launcher. */
function laterVersion(folder: string): { readonly launcher: string; readonly version: string } {
  mkdirSync(folder)
  for (const part of ['bin', 'src', 'engines']) {
    cpSync(join(root, part), join(folder, part), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const [major, minor] = String(manifest.version).split('.').map(Number)
  const version = `${major}.${Number(minor) + 1}.0`
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, version }))
  return { launcher: join(folder, 'bin/bsn'), version }
}

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
