import assert from 'node:assert/strict'
import { readlinkSync } from 'node:fs'
import { describe, it } from 'node:test'
import { needs } from '../testing/needs.ts'
import { findIsolation } from './isolation.ts'
import { runProgram } from './run-program.ts'

describe('findIsolation', () => {
  it('gives a program a network of its own, where nothing is but itself', async (t) => {
    if (!needs(t, 'root', 'linux')) return
    const isolation = await findIsolation()
    assert.ok(isolation)
    const [path = '', ...args] = isolation
    const look = ['sh', '-c', 'readlink /proc/self/ns/net; cat /proc/net/dev']
    const { code, lines } = await runProgram({ path, args: [...args, ...look] })
    assert.equal(code, 0)
    assert.notEqual(lines[0], readlinkSync('/proc/self/ns/net'))
    const devices = lines.filter((line) => line.includes(':')).slice(1)
    assert.deepEqual(
      devices.map((line) => line.split(':')[0]?.trim()),
      ['lo'],
    )
  })
})
