import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { addCredential, bsn, type startBsn, startNetwork } from './cli/bsn.ts'

const rows = (count: number) =>
  JSON.stringify(Array.from({ length: count }, (_, i) => ({ n: i, text: 'x'.repeat(i % 100) })))

const json = (text: string) => JSON.parse(text.trim().split('\n').at(-1) ?? '')

async function stop({ child, ended }: ReturnType<typeof startBsn>): Promise<void> {
  child.kill('SIGTERM')
  await ended
}

describe('bsn backup and restore', () => {
  it('copy a network that is written to; the copy is right and goes on', async (t) => {
    const { run, home, up } = await startNetwork(t)
    const file = (name: string) => join(home, '..', name)
    await addCredential({ run }, file('c.credential'))
    writeFileSync(file('rows.json'), rows(20_000))
    const credential = ['--service', 'flights', '--credential', file('c.credential')]
    let isPutting = true
    const put = run('record', 'put', ...credential, file('rows.json')).finally(() => {
      isPutting = false
    })
    const backups: { name: string; entries: number; appHash: string }[] = []
    while (isPutting) {
      const name = file(`backup-${backups.length}`)
      const backup = await run('backup', '--out', name, '--json')
      assert.equal(backup.code, 0, backup.stderr)
      backups.push({ name, ...json(backup.stdout) })
    }
    assert.equal((await put).code, 0)
    const sizes = backups.map(({ entries }) => entries)
    t.diagnostic(`entries in the backups: ${sizes.join(', ')}`)
    assert.ok(sizes.some((size) => size > 4 && size < 20_004))
    for (const [i, { name, entries, appHash }] of backups.slice(-2).entries()) {
      const copy = ['--home', file(`copy-${i}`), '--json']
      const restored = await bsn(['restore', name, ...copy])
      assert.equal(restored.code, 0, restored.stderr)
      assert.deepEqual(
        [json(restored.stdout).appHash, json(restored.stdout).keys],
        [appHash, false],
      )
      const verified = await bsn(['ledger', 'verify', ...copy])
      assert.deepEqual(
        [verified.code, json(verified.stdout).entries],
        [0, entries],
        verified.stdout + verified.stderr,
      )
    }
    await stop(up)
    const argv = ['restore', backups.at(-1)?.name ?? '', '--home', file('goes on'), '--keys', home]
    assert.equal((await bsn(argv)).code, 0)
    const again = await startNetwork(t, file('goes on'), ['--kek', `${home}.kek`])
    // What the backup missed is registered; what it has is found.
    const profile = JSON.parse(readFileSync(file('goes on/profile.json'), 'utf8'))
    const moved = JSON.parse(readFileSync(file('c.credential'), 'utf8'))
    writeFileSync(
      file('moved.credential'),
      JSON.stringify({ ...moved, gateway: profile.gateway }),
      {
        mode: 0o600,
      },
    )
    const same = ['--service', 'flights', '--credential', file('moved.credential'), '--json']
    const rest = await again.run('record', 'put', ...same, file('rows.json'))
    assert.equal(rest.code, 0, rest.stderr)
    const { appended, duplicates } = json(rest.stdout)
    assert.equal(appended + duplicates, 20_000)
    assert.equal(duplicates, (sizes.at(-1) ?? 0) - 4)
  })

  it('say what is wrong', async (t) => {
    const { run, home, address } = await startNetwork(t)
    const file = (name: string) => join(home, '..', name)
    const out = file('backup')
    const noted = async () => {
      const text = await (await fetch(`${address}/metrics`)).text()
      return /^bsn_backup_last_success_timestamp_seconds (.*)$/m.exec(text)?.[1]
    }
    assert.equal(await noted(), undefined)
    const made = await run('backup', '--out', out, '--with-keys')
    assert.match(made.stderr, /secret keys/)
    assert.ok(Math.abs(Date.now() / 1000 - Number(await noted())) < 60)
    assert.equal((await run('backup', '--out', out)).code, 5)
    assert.equal((await bsn(['restore', out, '--home', home])).code, 5)
    assert.equal((await bsn(['restore', home, '--home', file('new')])).code, 4)
    rmSync(join(out, 'keys', 'validator.json'))
    const broken = await bsn(['restore', out, '--home', file('new')])
    assert.deepEqual([broken.code, /BACKUP_DAMAGED/.test(broken.stderr)], [9, true])
    assert.equal(existsSync(file('new/ledger')), false)
  })
})

describe('an imported ledger without keys', () => {
  it('is served with --read-only, and registers nothing', async (t) => {
    const { run, home, up } = await startNetwork(t)
    const file = (name: string) => join(home, '..', name)
    await addCredential({ run }, file('c.credential'))
    assert.equal((await run('ledger', 'export', '--out', file('l.bsn'))).code, 0)
    await stop(up)
    const copy = ['--home', file('copy')]
    assert.equal((await bsn(['ledger', 'import', file('l.bsn'), ...copy])).code, 0)
    const without = await bsn(['up', ...copy, '--port', '0'])
    assert.deepEqual([without.code, /HOME_KEYS_MISSING/.test(without.stderr)], [1, true])
    const reader = await startNetwork(t, file('copy'), ['--read-only'])
    const gateway = reader.address
    const got = await bsn([
      ...['entry', 'get', '0', '--gateway', gateway],
      ...['--statement', file('s.cose'), '--receipt', file('r.cose')],
    ])
    assert.equal(got.code, 0, got.stderr)
    const verify = ['receipt', 'verify', '--statement', file('s.cose'), '--receipt', file('r.cose')]
    assert.equal((await bsn([...verify, '--keys', file('c.credential')])).code, 0)
    const credential = JSON.parse(readFileSync(file('c.credential'), 'utf8'))
    writeFileSync(file('r.credential'), JSON.stringify({ ...credential, gateway }), { mode: 0o600 })
    writeFileSync(file('rows.json'), rows(3))
    const put = ['record', 'put', '--service', 'flights', '--credential', file('r.credential')]
    const refused = await bsn([...put, file('rows.json')])
    assert.deepEqual(
      [refused.code, /LEDGER_READ_ONLY/.test(refused.stderr)],
      [7, true],
      refused.stderr,
    )
  })
})
