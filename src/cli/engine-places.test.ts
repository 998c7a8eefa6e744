import assert from 'node:assert/strict'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { engineCache, engineVariable } from './engine-places.ts'

describe('where engines are', () => {
  it('is the cache of the user', () => {
    assert.equal(engineCache({ XDG_CACHE_HOME: '/c' }), '/c/openbsn/engines')
    for (const env of [{}, { XDG_CACHE_HOME: '' }, { XDG_CACHE_HOME: 'relative' }]) {
      assert.equal(engineCache(env), join(homedir(), '.cache/openbsn/engines'))
    }
  })

  it('is what the operator names', () => {
    assert.equal(engineVariable('cometbft'), 'BSN_ENGINE_COMETBFT')
    assert.equal(engineVariable('fabric-ca'), 'BSN_ENGINE_FABRIC_CA')
  })
})
