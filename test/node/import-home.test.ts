import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { toHex } from '@openbsn/sdk'
import { newStoredKey } from '../../src/crypto/key-file.ts'
import { exportLedger } from '../../src/ledger/export/export-ledger.ts'
import { homePaths } from '../../src/node/create-home.ts'
import { importHome } from '../../src/node/import-home.ts'
import { headOf, openHomeLedger, serviceAct, testHome } from '../../src/testing/node-home.ts'

describe('importHome', () => {
  let made: Awaited<ReturnType<typeof testHome>>
  let file: string
  before(async () => {
    made = await testHome()
    file = made.path('ledger.export')
    await exportLedger(homePaths(made.home).ledger, file)
  })
  after(() => made.remove())

  it('makes a folder that can be read, with no secret in it', async () => {
    const home = made.path('reads')
    const { appHash, ...report } = await importHome({ file, home, workers: 1 })
    assert.deepEqual({ ...report, appHash: toHex(appHash) }, headOf(made.ledger))
    assert.deepEqual(readdirSync(home), ['ledger'])
  })

  it('brings keys along, and then goes on writing', async () => {
    const home = made.path('writes')
    await importHome({ file, home, keys: made.home, workers: 1 })
    const ledger = openHomeLedger(home)
    const [outcome] = await ledger.submit([await serviceAct(home, ledger.id, 'another')])
    assert.equal(outcome?.outcome, 'appended')
    await ledger.close()
  })

  it('refuses keys that are not there, or of another ledger, and keeps nothing', async () => {
    const home = made.path('refused')
    const keys = made.path('keys of another')
    const bring = () => importHome({ file, home, keys, workers: 1 })
    await assert.rejects(bring(), { code: 'HOME_KEYS_MISSING' })
    mkdirSync(keys)
    writeFileSync(join(keys, 'validator.json'), JSON.stringify(newStoredKey()))
    await assert.rejects(bring(), { code: 'HOME_KEYS_FOREIGN' })
    writeFileSync(join(keys, 'validator.json'), '{}')
    await assert.rejects(bring(), { code: 'KEY_INVALID' })
    assert.deepEqual(readdirSync(home), [])
  })

  it('refuses a folder with something in it', async () => {
    const imported = importHome({ file, home: made.home, workers: 1 })
    await assert.rejects(imported, { code: 'HOME_NOT_EMPTY' })
    assert.ok(existsSync(homePaths(made.home).profile))
  })
})
