import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CodedError } from '@openbsn/sdk'
import { createActKeys } from './act-keys.ts'

describe('keys of acts', () => {
  it('stay the same while an act may have come to something, and for that act alone', async () => {
    const keys = createActKeys()
    const seen: string[] = []
    const failing = (code: ConstructorParameters<typeof CodedError>[0]) => async (key: string) => {
      seen.push(key)
      throw new CodedError(code, 'Refused.')
    }
    const asked = { act: 'service-create', fields: { id: 'flights', bytes: 1n } }
    for (const code of ['GATEWAY_UNREACHABLE', 'STEP_UP_REQUIRED', 'ROLE_INSUFFICIENT'] as const) {
      await assert.rejects(keys.send(asked, failing(code)), { code })
    }
    await assert.rejects(keys.send(asked, failing('GATEWAY_UNREACHABLE')))
    const other = { ...asked, fields: { id: 'ships' } }
    await assert.rejects(keys.send(other, failing('GATEWAY_UNREACHABLE')))
    const [first, second, third, afterRefusal, ofOther] = seen
    assert.deepEqual([second, third], [first, first])
    assert.equal(new Set([first, afterRefusal, ofOther]).size, 3)
    assert.equal(await keys.send(asked, async (key) => key), afterRefusal)
    assert.notEqual(await keys.send(asked, async (key) => key), afterRefusal)
  })
})
