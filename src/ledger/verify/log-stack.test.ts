import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { leafHash, utf8 } from '@openbsn/sdk'
import { LogTree } from '../log/log-tree.ts'
import { LogStack } from './log-stack.ts'

describe('LogStack', () => {
  it('has the roots of the log tree at every size, and its nodes', () => {
    const tiles = new Map<string, Uint8Array>()
    const tree = new LogTree({
      readTile: (level, index) => tiles.get(`${level}/${index}`) ?? new Uint8Array(),
    })
    const rows: Buffer[][] = []
    const stack = new LogStack((height, place, hash) => {
      rows[height] ??= []
      rows[height][place] = hash
    })
    for (let size = 0; size < 600; size++) {
      assert.deepEqual(stack.root(), Buffer.from(tree.plan([]).root), `${size} entries`)
      const leaf = Buffer.from(leafHash(utf8(`entry ${size}`)))
      stack.append(leaf)
      const plan = tree.plan([leaf])
      for (const { level, index, hashes } of tree.fill(plan)) {
        tiles.set(`${level}/${index}`, Uint8Array.from(hashes))
      }
      tree.finish(plan)
    }
    assert.equal(stack.size, 600)
    assert.deepEqual(
      Buffer.concat(rows[0]?.slice(0, 256) ?? []),
      Buffer.from(tiles.get('0/0') ?? []),
    )
    assert.equal(rows[8]?.length, 2)
  })
})
