import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WriteHold } from './write-hold.ts'

/** Something that goes on until the test ends it. */
function open(said: string[], name: string) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const run = async () => {
    said.push(`${name} begins`)
    await promise
    said.push(`${name} ends`)
  }
  return { run, end: resolve }
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 5))

describe('a hold on writes', () => {
  it('waits for changes under way, and lets others wait', async () => {
    const hold = new WriteHold()
    const said: string[] = []
    const [first, state, later] = ['first', 'state', 'later'].map((name) => open(said, name))
    assert.ok(first && state && later)
    const changes = [hold.change(first.run)]
    const held = hold.hold(state.run)
    changes.push(hold.change(later.run))
    await turn()
    assert.deepEqual(said, ['first begins'])
    first.end()
    await turn()
    state.end()
    await held
    later.end()
    await Promise.all(changes)
    const order = ['first', 'state', 'later'].flatMap((name) => [`${name} begins`, `${name} ends`])
    assert.deepEqual(said, order)
  })

  it('goes on after what failed, and after a second for what does not end', async () => {
    const hold = new WriteHold()
    await assert.rejects(hold.change(() => Promise.reject(new Error('no'))))
    await assert.rejects(hold.hold(() => Promise.reject(new Error('no'))))
    const endless = open([], 'endless')
    const change = hold.change(endless.run)
    assert.equal(await hold.hold(async () => 'taken'), 'taken')
    assert.equal(await hold.change(async () => 'through'), 'through')
    endless.end()
    await change
  })
})
