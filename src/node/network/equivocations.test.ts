import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { testFolder } from '../../testing/folder.ts'
import { openEquivocations } from './equivocations.ts'

describe('what is kept of validators that signed twice', () => {
  const folder = testFolder()
  after(() => folder.remove())
  const clock = { nowSeconds: () => 1000 }

  it('outlives a restart, and counts', () => {
    const file = join(folder.path, 'kept.json')
    const first = openEquivocations(file, clock)
    assert.equal(first.of('aa'), undefined)
    first.add({ address: 'aa', height: 7 })
    first.add({ address: 'aa', height: 11 })
    first.add({ address: 'aa', height: 11 })
    const again = openEquivocations(file, clock)
    assert.deepEqual(again.of('aa'), { first: 7, last: 11, times: 2, seen: 1000 })
    assert.equal(again.of('bb'), undefined)
  })

  it('is lost with its file, and stops nothing', () => {
    const file = join(folder.path, 'broken.json')
    writeFileSync(file, '{"aa":')
    openEquivocations(file, clock).add({ address: 'aa', height: 7 })
    const nowhere = openEquivocations(join(folder.path, 'none', 'file.json'), clock)
    nowhere.add({ address: 'aa', height: 7 })
    for (const one of [openEquivocations(file, clock), nowhere]) {
      assert.equal(one.of('aa')?.times, 1)
    }
  })
})
