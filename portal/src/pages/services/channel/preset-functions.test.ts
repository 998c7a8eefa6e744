import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { anyFunction, presetFunctions } from './preset-functions.ts'

describe('functions of contracts of Fabric', () => {
  it('are known of presets, and of nothing else', () => {
    for (const name of ['preset:none', 'preset:constructor', 'key-value', 'ab'.repeat(32)]) {
      assert.equal(presetFunctions(name), undefined, name)
    }
    const rows = presetFunctions('preset:evidence')?.map(({ name, isRead, inputs }) => {
      return [name, isRead, inputs.map((one) => one.name).join(' ')]
    })
    assert.deepEqual(rows, [
      ['add', false, 'id digest about'],
      ['get', true, 'id'],
      ['check', true, 'id digest'],
    ])
  })

  it('take key and value as one argument, and else what was typed', () => {
    const set = presetFunctions('preset:key-value')?.find(({ name }) => name === 'set')
    assert.deepEqual(set?.pack?.(['a "b"', '{}']), [
      JSON.stringify({ baseKey: 'a "b"', baseValue: '{}' }),
    ])
    const { pack, isRead } = anyFunction('sum', true)
    assert.deepEqual([pack?.([['1', '2']]), isRead], [['1', '2'], true])
    assert.deepEqual(pack?.([{ a: 1 }]), [{ a: 1 }])
  })
})
