import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readOptions } from './options.ts'

describe('the options of a simulation', () => {
  it('are usual ones where nothing is said', () => {
    const usual = { seed: 1, nodes: 300, validators: 10, records: 300, seconds: 15 }
    assert.deepEqual(readOptions([]), usual)
    assert.deepEqual(readOptions(['--seed', '7', '--nodes=24']), { ...usual, seed: 7, nodes: 24 })
    assert.equal(readOptions(['--help']), undefined)
  })

  it('are refused where they cannot be', () => {
    const wrong = [
      ['--nodes', '301'],
      ['--nodes', '11'],
      ['--seed', 'x'],
      ['--validators', '3'],
      ['--records', '1.5'],
      ['--speed', '2'],
      ['--nodes', '12', '--validators', '7'],
      ['rome'],
    ]
    for (const argv of wrong) {
      assert.throws(() => readOptions(argv), { code: 'SIM_OPTION_INVALID' }, argv.join(' '))
    }
  })
})
