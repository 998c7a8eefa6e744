import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SaveState } from './save-state.ts'

function at() {
  const clock = { ms: 0 }
  return { clock, state: new SaveState(5000, () => clock.ms) }
}

describe('SaveState', () => {
  it('is due at once for the first change, and then once in an interval', async () => {
    const { clock, state } = at()
    assert.equal(state.isDue(), false)
    state.changed()
    assert.equal(state.isDue(), true)
    await state.run(async () => true)
    assert.deepEqual([state.isUnsaved, state.isDue()], [false, false])
    state.changed()
    assert.equal(state.isDue(), false)
    clock.ms = 5000
    assert.equal(state.isDue(), true)
  })

  it('has what changed while it was saved as unsaved, and what could not be saved', async () => {
    const { state } = at()
    state.changed()
    await state.run(async () => {
      state.changed()
      return true
    })
    assert.equal(state.isUnsaved, true)
    await state.run(async () => false)
    assert.equal(state.isUnsaved, true)
    const failing = state.run(() => Promise.reject(new RangeError('disk')))
    await assert.rejects(failing, RangeError)
    assert.equal(state.isUnsaved, true)
    await state.run(async () => true)
    assert.equal(state.isUnsaved, false)
  })

  it('saves one at a time, and less often where it takes long', async () => {
    const { clock, state } = at()
    let runs = 0
    const save = async () => {
      runs++
      clock.ms += 1000
      return true
    }
    state.changed()
    await Promise.all([state.run(save), state.run(save)])
    assert.equal(runs, 1)
    state.changed()
    clock.ms += 18_000
    assert.equal(state.isDue(), false)
    clock.ms += 2000
    assert.equal(state.isDue(), true)
  })

  it('says what a crash takes away: an interval, or all since the disk took nothing', async () => {
    const { clock, state } = at()
    assert.equal(state.lossSecondsMax, 5)
    state.changed()
    clock.ms = 60_000
    assert.equal(state.lossSecondsMax, 60)
    state.reset()
    assert.deepEqual([state.lossSecondsMax, state.isUnsaved], [5, false])
  })
})
