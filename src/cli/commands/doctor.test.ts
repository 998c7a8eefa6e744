import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Check } from 'typebox/schema'
import { closedPort, testCli, testNetwork } from '../../testing/cli.ts'
import { command as doctor } from './doctor.ts'

describe('bsn doctor', () => {
  it('finds a network that is up in order', async (t) => {
    const { run, gateway } = await testNetwork(t)
    const { code, json } = await run('doctor', '--port', new URL(gateway).port, '--json')
    assert.ok(Check(doctor.output, json()))
    const checks = json().checks as { name: string; level: string; detail: string }[]
    const levels = Object.fromEntries(checks.map(({ name, level }) => [name, level]))
    // The clock of the test stands still in 2023, which is what `clock` is there to find.
    const places = ['data folder', 'free disk', 'profile', 'port', 'gateway', 'engines']
    const ok = ['Node', 'native modules', ...places]
    assert.deepEqual(levels, {
      ...Object.fromEntries(ok.map((name) => [name, 'ok'])),
      clock: 'failed',
    })
    assert.equal(code, 1)
  })

  it('says what to do about each fault', async (t) => {
    const { run, file } = await testNetwork(t)
    chmodSync(file('profile.json'), 0o644)
    const { code, stdout, stderr } = await run('doctor', '--port', String(await closedPort()))
    assert.equal(code, 1)
    assert.match(stdout, /failed +profile .*mode 644.*\n +→ /)
    assert.match(stdout, /ok +port .* is free/)
    assert.match(stderr, /DOCTOR_FOUND_FAULTS/)
  })

  it('warns of an engine that was named and is none', async (t) => {
    const { env } = await testNetwork(t)
    const named = { ...env, BSN_ENGINE_COMETBFT: '/nowhere/cometbft' }
    const argv = ['doctor', '--port', String(await closedPort())]
    const { stdout } = await testCli(argv, { env: named })
    assert.match(stdout, /warning +engines .*\/nowhere\/cometbft.*\n +→ .*BSN_ENGINE_COMETBFT/)
  })

  it('runs where there is nothing yet', async () => {
    const argv = ['doctor', '--home', '/nowhere/at/all', '--port', String(await closedPort())]
    const { stdout } = await testCli(argv)
    assert.match(stdout, /warning +profile/)
    assert.match(stdout, /warning +gateway +none is known yet/)
  })
})
