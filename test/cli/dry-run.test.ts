import assert from 'node:assert/strict'
import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { addCredential, bsn, startNetwork } from './bsn.ts'
import { contentOf } from './folder-content.ts'

const rows = JSON.stringify(Array.from({ length: 500 }, (_, n) => ({ n })))

describe('--dry-run of what makes a folder or removes one', { timeout: 120_000 }, () => {
  it('says what would come of it or what is wrong, and leaves everything as it was', async (t) => {
    const { run, home, up } = await startNetwork(t)
    const folder = join(home, '..')
    const file = (name: string) => join(folder, name)
    await addCredential({ run }, file('c.credential'))
    writeFileSync(file('rows.json'), rows)
    const credential = ['--service', 'flights', '--credential', file('c.credential')]
    assert.equal((await run('record', 'put', ...credential, file('rows.json'))).code, 0)
    up.child.kill('SIGTERM')
    await up.ended
    for (const line of [
      ['backup', '--out', file('saved')],
      ['ledger', 'export', '--out', file('ledger.bsn')],
    ]) {
      assert.equal((await run(...line)).code, 0)
    }
    const whole = readFileSync(file('ledger.bsn'))
    writeFileSync(file('short.bsn'), whole.subarray(0, whole.length - 100))

    cpSync(file('saved'), file('damaged'), { recursive: true })
    appendFileSync(file('damaged/ledger/store/data.mdb'), 'x')

    const before = contentOf(folder)
    const rehearse = async (...line: readonly string[]) => {
      const { code, stdout, stderr } = await run(...line, '--dry-run', '--json')
      assert.deepEqual(contentOf(folder), before, line.join(' '))
      return { exit: code, ...JSON.parse(code === 0 ? stdout : stderr) }
    }
    const ledger = JSON.parse(readFileSync(file('saved/backup.json'), 'utf8'))
    const entries = ledger.entries
    assert.ok(entries >= 500)
    const made = { exit: 0, dryRun: true, entries }
    const same = { ...made, appHash: ledger.appHash, ledger: ledger.ledger }
    const there = ['--home', file('not/there/yet')]
    for (const [line, expected] of [
      [['backup', '--out', file('other/saved')], same],
      [['restore', file('saved'), ...there], { ...same, keys: false }],
      [['restore', file('saved'), ...there, '--keys', home], { ...same, keys: true }],
      [['ledger', 'import', file('ledger.bsn'), ...there], same],
      [['projections', 'rebuild'], made],
      [['sandbox', 'drop', '--confirm', 'sandbox'], { exit: 0, dryRun: true, home }],
      [['backup', '--out', file('saved')], { exit: 5, code: 'BACKUP_EXISTS' }],
      [['restore', file('saved')], { exit: 5, code: 'HOME_NOT_EMPTY' }],
      [['restore', home, ...there], { exit: 4, code: 'BACKUP_FOREIGN' }],
      [['restore', file('damaged'), ...there], { exit: 9, code: 'BACKUP_DAMAGED' }],
      [['ledger', 'import', file('short.bsn'), ...there], { exit: 9, code: 'EXPORT_TRUNCATED' }],
      [['projections', 'rebuild', '--home', file('saved/none')], { exit: 4, code: 'HOME_EMPTY' }],
    ] as const) {
      const told = await rehearse(...line)
      for (const [name, value] of Object.entries(expected)) {
        assert.equal(told[name], value, `${line.join(' ')}: ${name}: ${JSON.stringify(told)}`)
      }
    }
    // And what was rehearsed goes as it was said.
    const restored = await bsn(['restore', file('saved'), ...there, '--json'])
    assert.equal(JSON.parse(restored.stdout).appHash, ledger.appHash)
  })
})
