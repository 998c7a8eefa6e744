import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openGatewayDatabase } from '../../src/gateway/gateway-database.ts'
import { verifyLedger } from '../../src/ledger/verify/verify-ledger.ts'
import { backupHome } from '../../src/node/backup.ts'
import { homePaths } from '../../src/node/create-home.ts'
import { hasWrapped } from '../../src/node/home-secrets.ts'
import { restoreHome } from '../../src/node/restore.ts'
import { headOf, openHomeLedger, serviceAct, testHome } from '../../src/testing/node-home.ts'

describe('backupHome', () => {
  let made: Awaited<ReturnType<typeof testHome>>
  before(async () => {
    made = await testHome()
  })
  after(() => made.remove())

  it('copies a ledger in use, without secrets, to a folder that is restored', async () => {
    const [out, home] = [made.path('backup'), made.path('restored')]
    const { files, format, ...manifest } = await backupHome({ home: made.home, out })
    assert.deepEqual(manifest, headOf(made.ledger))
    assert.equal(format, 'openbsn-backup-1')
    const names = files.map(({ path }) => path)
    assert.ok(names.includes('ledger/store/data.mdb') && names.some((one) => one.endsWith('.run')))
    assert.equal(existsSync(join(out, 'keys')) || existsSync(join(out, 'profile.json')), false)
    assert.deepEqual(JSON.parse(readFileSync(join(out, 'backup.json'), 'utf8')).files, files)
    await restoreHome({ from: out, home })
    assert.deepEqual(readdirSync(home), ['ledger'])
    const report = await verifyLedger(join(home, 'ledger'), { workers: 1 })
    assert.deepEqual([report.finding, report.appHash], [undefined, manifest.appHash])
  })

  it('takes keys and profile where it is asked to; the copy then goes on', async () => {
    const [out, home] = [made.path('with keys'), made.path('goes on')]
    mkdirSync(out)
    await backupHome({ home: made.home, out, withKeys: true })
    await restoreHome({ from: out, home })
    for (const path of ['keys/validator.json', 'profile.json']) {
      assert.equal(statSync(join(home, path)).mode & 0o777, 0o600, path)
    }
    const ledger = openHomeLedger(home)
    assert.deepEqual(headOf(ledger), headOf(made.ledger))
    const [outcome] = await ledger.submit([await serviceAct(home, ledger.id, 'another')])
    assert.equal(outcome?.outcome, 'appended')
    await ledger.close()
  })

  it('is one moment of a ledger that is written meanwhile', async () => {
    const working = made.work(150)
    for (let round = 0; round < 4; round++) {
      const [out, home] = [made.path(`busy ${round}`), made.path(`busy home ${round}`)]
      const { height, appHash } = await backupHome({ home: made.home, out })
      await restoreHome({ from: out, home })
      const report = await verifyLedger(join(home, 'ledger'), { workers: 1 })
      // A run that was merged while it was copied is made anew at the start.
      const finding = report.finding?.what === 'run' ? undefined : report.finding
      assert.deepEqual([finding, report.height], [undefined, height])
      assert.deepEqual(
        Buffer.from(made.ledger.block(height)?.appHash ?? []).toString('hex'),
        appHash,
      )
    }
    await working
  })

  it('leaves a folder alone that has something in it, and needs a ledger', async () => {
    const busy = backupHome({ home: made.home, out: made.home })
    await assert.rejects(busy, { code: 'BACKUP_EXISTS' })
    const [home, out] = [made.path('nothing'), made.path('no backup')]
    await assert.rejects(backupHome({ home, out }), { code: 'HOME_EMPTY' })
    await backupHome({ home: made.home, out })
    await restoreHome({ from: out, home })
    const keys = backupHome({ home, out: made.path('keyless'), withKeys: true })
    await assert.rejects(keys, { code: 'HOME_KEYS_MISSING' })
    assert.equal(existsSync(made.path('keyless')), false)
  })
})

describe('backupHome, beside the ledger', () => {
  it('takes webhooks and places of event consumers along, and nothing that was asked', async () => {
    const made = await testHome()
    const place = (home: string) => homePaths(home).gatewayDatabase
    const database = openGatewayDatabase(place(made.home))
    database.exec("INSERT INTO consumers VALUES ('l', 's', 'c', 'reader', 42)")
    database.exec(`INSERT INTO request_log
        (at, ledger, service, number, credential, id, method, path, status, ms)
        VALUES (1, 'l', 's', 1, 'c', 'r', 'GET', '/what-was-asked', 200, 1)`)
    const [out, home] = [made.path('backup'), made.path('restored')]
    await backupHome({ home: made.home, out })
    // It may lie where others see it.
    assert.doesNotMatch(readFileSync(place(out), 'latin1'), /what-was-asked/)
    await restoreHome({ from: out, home })
    const copy = openGatewayDatabase(place(home))
    assert.equal(copy.prepare('SELECT position FROM consumers').get()?.position, 42)
    // Its webhooks' secrets are wrapped: a new key-encryption key would not read them.
    assert.equal(hasWrapped(home), true)
    copy.close()
    database.close()
    await made.remove()
  })
})
