import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { adapters } from './framework-promises.ts'

describe('the matrix of adapters', () => {
  it('names adapters whose tests run the contract', () => {
    for (const { name, suite } of adapters) {
      const path = join(import.meta.dirname, '../..', suite)
      assert.match(readFileSync(path, 'utf8'), new RegExp(`^frameworkContract\\('${name}'`, 'm'))
    }
  })
})
