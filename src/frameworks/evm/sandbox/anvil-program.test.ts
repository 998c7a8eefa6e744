import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { testFolder } from '../../../testing/folder.ts'
import { anvilProgram, makeSocketPath } from './anvil-program.ts'

describe('anvilProgram', () => {
  const options = {
    ...{ anvil: '/bin/anvil', chainId: 7, gasLimit: 100, folder: '/f', socket: '/f/ipc' },
    ...{ isolation: undefined, state: undefined },
  }

  it('listens to nobody: in a network of its own, or on a port of loopback', () => {
    const open = anvilProgram(options)
    assert.deepEqual([open.path, ...open.args.slice(0, 3)], ['nice', '-n', '10', '/bin/anvil'])
    assert.ok(!open.args.includes('--host') && open.args.join(' ').includes('--port 0'))
    const closed = anvilProgram({ ...options, isolation: ['unshare', '--net', '--'] })
    assert.deepEqual(closed.args.slice(0, 2), ['--net', '--'])
    assert.equal(closed.path, 'unshare')
    assert.ok(closed.args.join(' ').includes('--host 0.0.0.0'))
    assert.deepEqual(closed.env, { HOME: '/f' })
  })

  it('begins from a state where there is one', () => {
    assert.ok(!anvilProgram(options).args.includes('--load-state'))
    const { args } = anvilProgram({ ...options, state: '/f/state.json' })
    assert.deepEqual(args.slice(-2), ['--load-state', '/f/state.json'])
  })
})

describe('makeSocketPath', () => {
  it('is in the folder, or where that is too long, in one of this user alone', async (t) => {
    const { path, remove } = testFolder()
    t.after(remove)
    writeFileSync(join(path, 'ipc'), 'of an earlier run')
    assert.equal(await makeSocketPath(path), join(path, 'ipc'))
    assert.throws(() => statSync(join(path, 'ipc')))
    const long = join(path, 'x'.repeat(90))
    mkdirSync(long)
    const short = await makeSocketPath(long)
    t.after(() => rmSync(dirname(short), { recursive: true, force: true }))
    assert.ok(Buffer.byteLength(short) < 104, short)
    assert.equal(statSync(dirname(short)).mode & 0o777, 0o700)
    assert.equal(await makeSocketPath(long), short)
    chmodSync(dirname(short), 0o755)
    await assert.rejects(makeSocketPath(long), { code: 'CHAIN_UNAVAILABLE' })
  })
})
