import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { testFolder } from '../testing/folder.ts'
import { openSql, transact } from './sql.ts'

const first = 'CREATE TABLE one (name TEXT PRIMARY KEY) STRICT'
const second = 'CREATE TABLE two (name TEXT PRIMARY KEY) STRICT'

describe('an SQL store', () => {
  it('brings tables up to date, keeps what is in them, and refuses a newer file', () => {
    const folder = testFolder()
    const path = join(folder.path, 'a.sqlite')
    const before = openSql(path, [first])
    before.exec("INSERT INTO one VALUES ('kept')")
    for (const file of [path, `${path}-wal`]) assert.equal(statSync(file).mode & 0o77, 0, file)
    before.close()
    const after = openSql(path, [first, second])
    assert.deepEqual(after.prepare('SELECT name FROM one').get(), { __proto__: null, name: 'kept' })
    assert.equal(after.prepare('SELECT count(*) AS n FROM two').get()?.n, 0)
    assert.equal(after.prepare('PRAGMA synchronous').get()?.synchronous, 2)
    after.close()
    assert.throws(() => openSql(path, [first]), { code: 'STORE_NEWER' })
    folder.remove()
  })

  it('keeps nothing of a transaction that fails, nor of a migration', () => {
    const folder = testFolder()
    const path = join(folder.path, 'a.sqlite')
    const database = openSql(path, [first])
    const failing = () =>
      transact(database, () => {
        database.exec("INSERT INTO one VALUES ('lost')")
        database.exec('INSERT INTO nowhere VALUES (1)')
      })
    assert.throws(failing, /nowhere/)
    assert.equal(database.prepare('SELECT count(*) AS n FROM one').get()?.n, 0)
    database.close()
    assert.throws(() => openSql(path, [first, `${second}; CREATE nonsense`]))
    const again = openSql(path, [first, second])
    assert.equal(again.prepare('SELECT count(*) AS n FROM two').get()?.n, 0)
    again.close()
    folder.remove()
  })
})
