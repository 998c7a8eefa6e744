import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { backupHome } from '../../src/node/backup.ts'
import { restoreHome } from '../../src/node/restore.ts'
import { openSql } from '../../src/storage/sql.ts'
import { testHome } from '../../src/testing/node-home.ts'

describe('restoreHome', () => {
  let made: Awaited<ReturnType<typeof testHome>>
  let from: string
  let home: string
  before(async () => {
    made = await testHome()
    from = made.path('backup')
    home = made.path('restored')
  })
  beforeEach(async () => {
    rmSync(from, { recursive: true, force: true })
    rmSync(home, { recursive: true, force: true })
    await backupHome({ home: made.home, out: from, withKeys: true })
  })
  after(() => made.remove())

  async function refused(code: string): Promise<void> {
    await assert.rejects(restoreHome({ from, home }), { code })
    if (existsSync(home)) assert.deepEqual(readdirSync(home), [])
  }
  const change = (name: string, to: (bytes: Buffer) => Buffer | string) => {
    writeFileSync(join(from, name), to(readFileSync(join(from, name))))
  }
  const manifest = (fields: object) =>
    change('backup.json', (bytes) => JSON.stringify({ ...JSON.parse(bytes.toString()), ...fields }))

  it('refuses a backup with a file that is changed or missing', async () => {
    const flip = (bytes: Buffer) => {
      bytes[200] = (bytes[200] ?? 0) ^ 1
      return bytes
    }
    change('ledger/store/data.mdb', flip)
    await refused('BACKUP_DAMAGED')
    change('ledger/store/data.mdb', flip)
    change('profile.json', (bytes) => `${bytes} `)
    await refused('BACKUP_DAMAGED')
    rmSync(join(from, 'profile.json'))
    await refused('BACKUP_DAMAGED')
  })

  it('refuses a page that says something else than the files', async () => {
    manifest({ height: 3 })
    await refused('BACKUP_DAMAGED')
    manifest({ files: [] })
    await refused('BACKUP_DAMAGED')
    manifest({ files: [{ path: '../elsewhere', bytes: 1, sha256: '' }] })
    await refused('BACKUP_DAMAGED')
    manifest({ format: 'openbsn-backup-2' })
    await refused('BACKUP_NEWER')
    manifest({ format: 'another' })
    await refused('BACKUP_FOREIGN')
    rmSync(join(from, 'backup.json'))
    await refused('BACKUP_FOREIGN')
  })

  it('brings every database back that a node may have', async () => {
    const names = ['gateway', 'evm', 'portal'].map((name) => `${name}.sqlite`)
    const there = names.filter((name) => !existsSync(join(made.home, name)))
    for (const name of there) openSql(join(made.home, name), ['CREATE TABLE a (b TEXT)']).close()
    rmSync(from, { recursive: true, force: true })
    await backupHome({ home: made.home, out: from })
    await restoreHome({ from, home })
    const back = names.filter((name) => existsSync(join(home, name)))
    for (const name of there) rmSync(join(made.home, name))
    assert.deepEqual(back, names)
  })

  it('refuses a data folder with something in it, and leaves it alone', async () => {
    mkdirSync(home)
    writeFileSync(join(home, 'mine.txt'), 'mine')
    await assert.rejects(restoreHome({ from, home }), { code: 'HOME_NOT_EMPTY' })
    assert.deepEqual(readdirSync(home), ['mine.txt'])
    await assert.rejects(restoreHome({ from, home: made.home }), { code: 'HOME_NOT_EMPTY' })
  })

  it('goes over what an attempt left that was killed', async () => {
    mkdirSync(join(home, 'ledger.new', 'store'), { recursive: true })
    writeFileSync(join(home, 'ledger.new', 'store', 'data.mdb'), 'half')
    await restoreHome({ from, home })
    assert.deepEqual(readdirSync(home).sort(), ['keys', 'ledger', 'profile.json'])
  })
})
