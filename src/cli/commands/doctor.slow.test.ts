import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { createServer } from 'node:http'
import { describe, it } from 'node:test'
import { Check } from 'typebox/schema'
import { putObject } from '../../testing/access.ts'
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
    const places = [
      'data folder',
      'free disk',
      'profile',
      'member key',
      'groups',
      'port',
      'gateway',
      'certificate',
      'engines',
      'block time',
    ]
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

  it('warns of a clock that blocks come too early for', async (t) => {
    const now = 1_800_000_000
    const answers: Record<string, unknown> = {
      '/readyz?verbose': { status: 'ready', checks: [] },
      '/api/v1/ledgers': { ledgers: [{ id: 'l' }] },
      '/api/v1/ledgers/l': { time: now + 40 },
    }
    const http = createServer((request, response) =>
      response.end(JSON.stringify(answers[request.url ?? ''] ?? {})),
    ).listen(0, '127.0.0.1')
    await once(http, 'listening')
    t.after(() => http.close())
    const address = http.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const gateway = ['--gateway', `http://127.0.0.1:${port}`]
    const argv = ['doctor', '--home', '/nowhere/at/all', '--port', String(port), ...gateway]
    const clock = { nowSeconds: () => now }
    const ahead = await testCli(argv, { clock })
    assert.match(ahead.stdout, /warning +block time +the last block is of 40 s from now\n +→ /)
    answers['/api/v1/ledgers/l'] = { time: now + 3 }
    assert.match((await testCli(argv, { clock })).stdout, /ok +block time/)
    const detail = '9 s ahead of block time'
    answers['/readyz?verbose'] = { checks: [{ name: 'clock', ok: true, detail, warning: true }] }
    const told = await testCli(argv, { clock })
    assert.match(told.stdout, /warning +block time +the node is 9 s ahead of block time/)
  })
})

it('bsn doctor runs where there is nothing yet', async () => {
  const argv = ['doctor', '--home', '/nowhere/at/all', '--port', String(await closedPort())]
  const { stdout } = await testCli(argv)
  assert.match(stdout, /warning +profile/)
  assert.match(stdout, /warning +gateway +none is known yet/)
})

it('bsn doctor warns of a key that votes on the node, as soon as others vote, too', async (t) => {
  const { run, ledger } = await testNetwork(t)
  const ask = async () => (await run('doctor', '--port', String(await closedPort()))).stdout
  putObject(ledger, 'alliance', { members: ['founder'] })
  assert.match(await ask(), /ok +member key /)
  putObject(ledger, 'alliance', { members: ['bob', 'founder'] })
  assert.match(await ask(), /warning +member key .*profile\.json .*; 2 members do\n +→ .*add-key/)
})
