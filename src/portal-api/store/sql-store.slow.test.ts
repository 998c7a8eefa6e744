import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { CodedError } from '@openbsn/sdk'
import { sql } from 'kysely'
import { testFolder } from '../../testing/folder.ts'
import { missing, needs } from '../../testing/needs.ts'
import { startPostgres } from '../../testing/postgres.ts'
import { openPortalDatabase, type PortalDatabase } from './portal-database.ts'
import type { PortalStore } from './portal-store.ts'
import { createSqlStore } from './sql-store.ts'
import { storeContract } from './store-contract.ts'

describe('the store of the portal on SQLite', () => {
  const folder = testFolder()
  const file = folder.file('portal.sqlite')
  let database: PortalDatabase
  before(async () => {
    database = await openPortalDatabase({ file })
  })
  after(async () => {
    await database.close()
    folder.remove()
  })
  storeContract(() => createSqlStore(database.kysely))

  it('has everything when it is opened again', async () => {
    await database.close()
    database = await openPortalDatabase({ file })
    assert.equal(await createSqlStore(database.kysely).ownerOf('bsn1a', 'flights'), 'bank')
  })

  it('refuses tables of a later version', async () => {
    const other = await openPortalDatabase({ file: folder.file('newer.sqlite') })
    await sql`PRAGMA user_version = 99`.execute(other.kysely)
    await other.close()
    const again = openPortalDatabase({ file: folder.file('newer.sqlite') })
    await assert.rejects(again, { code: 'STORE_NEWER' })
  })
})

describe('the store of the portal on PostgreSQL', () => {
  // Hooks cannot skip, and tests without the server would all fail.
  const isHere = missing(['postgres']) === undefined
  let server: ReturnType<typeof startPostgres> | undefined
  let database: PortalDatabase | undefined
  let store: PortalStore | undefined
  before(async () => {
    if (!isHere) return
    server = startPostgres()
    database = await openPortalDatabase({ file: '', url: server.url })
    store = createSqlStore(database.kysely)
  })
  after(async () => {
    await database?.close()
    server?.stop()
  })
  it('is tried on a server', (t) => {
    if (!needs(t, 'postgres')) return
    assert.equal(database?.type, 'postgres')
  })
  if (isHere) {
    storeContract(() => store ?? assert.fail('it is open'))

    it('is brought up to date by one of many that start at the same time', async () => {
      const url = server?.url ?? assert.fail()
      const name = sql`CREATE DATABASE second`
      await name.execute(database?.kysely ?? assert.fail())
      const second = url.replace('/postgres?', '/second?')
      const opened = await Promise.all(
        Array.from({ length: 5 }, () => openPortalDatabase({ file: '', url: second })),
      )
      for (const one of opened) await one.close()
    })
  }

  it('is said to be away where nothing answers', async () => {
    const url = 'postgres://portal@127.0.0.1:1/postgres'
    const away = openPortalDatabase({ file: '', url })
    await assert.rejects(away, (error) => {
      assert.ok(error instanceof CodedError)
      return error.code === 'PORTAL_UNAVAILABLE' && !error.message.includes('127.0.0.1')
    })
    const odd = openPortalDatabase({ file: '', url: 'mysql://x' })
    await assert.rejects(odd, { code: 'PORTAL_SETTING_INVALID' })
  })
})
