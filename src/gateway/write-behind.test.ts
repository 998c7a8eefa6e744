import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { createWriteBehind } from './write-behind.ts'

function scene() {
  const database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE notes (name TEXT PRIMARY KEY, value INTEGER) STRICT')
  const insert = database.prepare('INSERT OR REPLACE INTO notes VALUES (?, ?)')
  const errors: unknown[] = []
  const onError = (error: unknown) => void errors.push(error)
  const later = createWriteBehind({ delayMs: 5 }, { database, onError })
  const set = (name: string, value: number) => later.set(name, () => insert.run(name, value))
  const rows = () => database.prepare('SELECT name, value FROM notes ORDER BY name').all()
  return { database, later, set, rows, errors }
}

describe('createWriteBehind', () => {
  it('writes the last change of each key, together, a moment later', async () => {
    const { later, set, rows } = scene()
    for (let i = 1; i <= 3; i++) for (const name of ['a', 'b']) set(name, i)
    assert.deepEqual(rows(), [])
    await setTimeout(30)
    assert.deepEqual(
      rows().map(({ name, value }) => [name, value]),
      [
        ['a', 3],
        ['b', 3],
      ],
    )
    set('c', 1)
    later.close()
    assert.equal(rows().length, 3)
  })

  it('says that the disk takes nothing, keeps what waits, and writes it when it can', async () => {
    const { database, later, set, rows, errors } = scene()
    database.exec('PRAGMA query_only = ON')
    set('a', 1)
    assert.equal(later.flush(), false)
    assert.deepEqual([later.isWorking, errors.length, rows().length], [false, 1, 0])
    database.exec('PRAGMA query_only = OFF')
    assert.equal(later.flush(), true)
    assert.deepEqual([later.isWorking, rows().length], [true, 1])
    later.close()
  })

  it('waits for no disk where it may lose things, and others do as before', () => {
    const { database, rows } = scene()
    const synchronous = () => Number(database.prepare('PRAGMA synchronous').get()?.synchronous)
    const seen: number[] = []
    const onError = (error: unknown) => assert.fail(String(error))
    const later = createWriteBehind({ delayMs: 5, isLossy: true }, { database, onError })
    later.set('a', () => {
      seen.push(synchronous())
      database.exec("INSERT INTO notes VALUES ('a', 1)")
    })
    later.close()
    // NORMAL, then FULL.
    assert.deepEqual([seen, synchronous(), rows().length], [[1], 2, 1])
  })
})
