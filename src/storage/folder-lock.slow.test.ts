import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { testFolder } from '../testing/folder.ts'
import { lockFolder } from './folder-lock.ts'

const program = (path: string) => `
  import { lockFolder } from ${JSON.stringify(join(import.meta.dirname, 'folder-lock.ts'))}
  try {
    lockFolder(${JSON.stringify(path)})
    process.stdout.write('locked')
    setTimeout(() => {}, 60_000)
  } catch (error) {
    process.stdout.write(error.code)
  }`

/** A process that takes the lock; says `locked`, then holds it, or the code of the refusal. */
function locker(path: string) {
  const args = ['--conditions=openbsn-source', '--input-type=module', '-e', program(path)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const said = once(child.stdout, 'data').then(([data]) => String(data).trim())
  return { child, said, exit: once(child, 'exit') }
}

describe('the lock of a folder', () => {
  it('is taken, refused to others, and free again after release', () => {
    const folder = testFolder()
    const path = folder.file('node.lock')
    const lock = lockFolder(path)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.throws(() => lockFolder(path), {
      code: 'STORE_IN_USE',
      details: { pid: process.pid },
      message: /--home DIR/,
    })
    lock.release()
    lockFolder(path).release()
    assert.deepEqual(readdirSync(folder.path), [])
    folder.remove()
  })

  it('of a process that was killed is taken over', async () => {
    const folder = testFolder()
    const path = folder.file('node.lock')
    const { child, said, exit } = locker(path)
    assert.equal(await said, 'locked')
    assert.throws(() => lockFolder(path), { code: 'STORE_IN_USE', details: { pid: child.pid } })
    assert.ok(existsSync(path))
    child.kill('SIGKILL')
    await exit
    lockFolder(path).release()
    folder.remove()
  })

  it('is taken over where its content names nobody who runs', () => {
    const folder = testFolder()
    // The last one: this very process id, of a process that began at another time.
    for (const mark of ['', 'nonsense', '999999999 1', `${process.pid} 1`]) {
      const path = folder.file('node.lock', mark)
      const lock = lockFolder(path)
      assert.match(readFileSync(path, 'utf8'), new RegExp(`^${process.pid} `))
      lock.release()
    }
    folder.remove()
  })

  it('goes to one of many that start at once over a dead one', async () => {
    const folder = testFolder()
    const path = folder.file('node.lock', '999999999 1')
    const lockers = Array.from({ length: 4 }, () => locker(path))
    const said = await Promise.all(lockers.map((one) => one.said))
    assert.deepEqual(
      said.filter((word) => word === 'locked'),
      ['locked'],
      said.join(),
    )
    assert.equal(said.filter((word) => word === 'STORE_IN_USE').length, 3)
    for (const { child } of lockers) child.kill('SIGKILL')
    await Promise.all(lockers.map((one) => one.exit))
    folder.remove()
  })
})
