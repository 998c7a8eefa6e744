import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { type Database, type Key, open } from 'lmdb'
import { commandTable } from '../src/cli/command-table.ts'
import { homePaths } from '../src/node/create-home.ts'
import { flipped } from '../src/testing/damage.ts'
import { needs } from '../src/testing/needs.ts'
import {
  addCredential,
  bsn,
  program,
  scratchFolder,
  startBsn,
  startNetwork,
  stopInOrder,
} from './cli/bsn.ts'

const rows = (count: number) =>
  JSON.stringify(Array.from({ length: count }, (_, i) => ({ n: i % 9 })))

describe('bsn, as a process', () => {
  it('has help for every command', async () => {
    for (const name of Object.keys(commandTable)) {
      const { code, stdout, stderr } = await bsn(['help', ...name.split(' ')])
      assert.deepEqual([code, stderr], [0, ''], name)
      assert.ok(stdout.indexOf('\nExamples:\n') < stdout.indexOf('\nOptions:\n'), name)
    }
  })

  it('ends with 2 for wrong usage, and suggests what was meant', async () => {
    const wrong = await bsn(['recrod', 'put', '--json'])
    assert.deepEqual([wrong.code, wrong.stdout], [2, ''])
    assert.match(JSON.parse(wrong.stderr).detail, /Did you mean "bsn record put"/)
    assert.equal((await bsn(['up', '--prot', '1'])).code, 2)
    assert.equal((await bsn([])).code, 0)
  })

  it('uses no colours where nobody sees them', async () => {
    const { stdout, stderr } = await bsn(['nonsense'])
    assert.equal((stdout + stderr).includes('\u001b'), false)
    const forced = await bsn(['nonsense'], { env: { FORCE_COLOR: '1' } })
    assert.equal(forced.stderr.includes('\u001b[31m'), true)
    for (const more of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      const env = { FORCE_COLOR: '1', ...more }
      assert.equal((await bsn(['nonsense'], { env })).stderr.includes('\u001b'), false)
    }
  })

  it('asks for a network first', async (t) => {
    const { code, stderr } = await bsn(['status', '--home', scratchFolder(t)])
    assert.equal(code, 3)
    assert.match(stderr, /PROFILE_NOT_FOUND.*\n.*bsn up/)
  })
})

describe('bsn up', () => {
  it('says where everything is, and stops when it is told', async (t) => {
    const home = join(scratchFolder(t), 'home')
    const up = startBsn(['up', '--home', home, '--port', '0'])
    await up.until(/Ctrl-C stops it/)
    up.child.kill('SIGTERM')
    const { code, stdout, stderr } = await up.ended
    assert.equal(code, 0)
    assert.match(stdout, /gateway: +http:\/\/127\.0\.0\.1:\d+\n/)
    assert.match(stdout, /ledger: +bsn1[0-9a-f]{40}\n/)
    assert.match(stdout, new RegExp(`data: +${home}\n`))
    assert.match(stdout, /next: +(bin\/)?bsn service create/)
    for (const line of stderr.split('\n').filter((one) => one.startsWith('{'))) JSON.parse(line)
    const profile = join(home, 'profile.json')
    assert.equal(statSync(profile).mode & 0o777, 0o600)
    const { member } = JSON.parse(readFileSync(profile, 'utf8'))
    assert.equal((stdout + stderr).includes(member.secret), false)
  })

  it('keeps its ledger when it starts again, on whatever port', async (t) => {
    const home = join(scratchFolder(t), 'home')
    const ledgers: string[] = []
    for (const created of [true, false]) {
      const up = startBsn(['up', '--home', home, '--port', '0', '--json', '--quiet'])
      await up.until(/^\{.*\}\n/)
      const status = JSON.parse((await bsn(['status', '--home', home, '--json'])).stdout)
      up.child.kill('SIGINT')
      const document = JSON.parse((await up.ended).stdout)
      assert.equal(document.created, created)
      assert.equal(status.gateway, document.address)
      ledgers.push(document.ledger)
    }
    assert.equal(ledgers[0], ledgers[1])
  })

  it('says that the port, or the data folder, is in use', async (t) => {
    const { home } = await startNetwork(t)
    const second = await bsn(['up', '--home', home, '--port', '0', '--json'])
    assert.equal(second.code, 5)
    assert.match(second.stderr, /"code":"STORE_IN_USE"/)
    const blocker = createServer().listen(0, '127.0.0.1')
    t.after(() => blocker.close())
    await new Promise((resolve) => blocker.once('listening', resolve))
    const address = blocker.address()
    const port = String(typeof address === 'object' && address ? address.port : 0)
    const folder = join(scratchFolder(t), 'other')
    const taken = await bsn(['up', '--home', folder, '--port', port])
    assert.equal(taken.code, 5)
    assert.match(taken.stderr, new RegExp(`error PORT_IN_USE: .*${port}[^]*what to do: .*--port`))
    assert.deepEqual([existsSync(folder), existsSync(`${folder}.kek`)], [false, false])
    assert.equal((await bsn(['up', '--port', '99999'])).code, 2)
    assert.equal((await bsn(['doctor', '--home', home, '--port', port])).code, 1)
  })
})

describe('a walk with bsn', () => {
  it('goes from an empty folder to receipts that verify with no server', async (t) => {
    const { run, home, up } = await startNetwork(t)
    const file = (name: string) => join(home, '..', name)
    await addCredential({ run }, file('c.credential'))
    assert.equal((await run('service', 'create', 'flights')).code, 5)
    writeFileSync(file('rows.csv'), 'id,n\na,1\nb,2\na,3\n')
    const argv = ['record', 'put', '--service', 'flights', '--credential', file('c.credential')]
    const more = ['--key', 'id', '--receipts', file('out.ndjson')]
    const put = await run(...argv, ...more, file('rows.csv'))
    assert.deepEqual([put.code, put.stdout.startsWith('3 rows: 3 appended')], [0, true], put.stderr)
    const latest = await run('record', 'get', '--service', 'flights', 'a')
    assert.equal(latest.stdout, '{"id":"a","n":"3"}\n')
    const history = await run('record', 'get', '--service', 'flights', 'a', '--history', '--json')
    assert.equal(JSON.parse(history.stdout).records.length, 2)
    const list = await run('record', 'list', '--service', 'flights')
    assert.equal(list.stdout.trim().split('\n').length, 3)
    const [s, r, pem, bundle] = ['s.cose', 'r.cose', 'k.pem', 'k.cbor'].map(file)
    const index = JSON.parse(readFileSync(file('out.ndjson'), 'utf8').split('\n')[2] ?? '').index
    const files = ['--statement', s ?? '', '--receipt', r ?? '']
    assert.equal((await run('entry', 'get', String(index), ...files)).code, 0)
    assert.equal((await run('ledger', 'keys', '--out', pem ?? '')).code, 0)
    assert.equal((await run('ledger', 'keys', '--bundle', '--out', bundle ?? '')).code, 0)
    const port = new URL(JSON.parse((await run('status', '--json')).stdout).gateway).port
    assert.equal((await run('doctor', '--port', port)).code, 0)
    await stopInOrder(up)
    for (const keys of [pem, bundle, file('c.credential')]) {
      const one = await bsn(['receipt', 'verify', '--json', ...files, '--keys', keys ?? ''])
      assert.deepEqual([one.code, JSON.parse(one.stdout).index], [0, index])
    }
    const all = ['receipt', 'verify', '--file', file('out.ndjson'), '--keys', bundle ?? '']
    assert.equal((await bsn(all)).code, 0)
    assert.equal((await run('status')).code, 7)
    await rebuildsLists(t, home)
    const whole = await run('ledger', 'verify', '--json')
    const { ok, entries } = JSON.parse(whole.stdout)
    assert.deepEqual([whole.code, whole.stderr, ok, entries], [0, '', true, 7])
    const other = await run('ledger', 'verify', '--json', '--ledger', `bsn1${'0'.repeat(40)}`)
    assert.deepEqual([other.code, JSON.parse(other.stdout).ok], [9, false])
    assert.equal(JSON.parse(other.stderr).code, 'VERIFY_GENESIS_WRONG')
    const none = await run('ledger', 'verify', '--home', file('nothing'))
    assert.equal(none.code, 4)
    await changeTables(join(home, 'ledger/store'), async (table) => {
      await table('blocks').put(2, flipped(table('blocks').get(2) ?? assert.fail(), 20))
    })
    const damaged = await run('ledger', 'verify', '--json')
    const { code, detail } = JSON.parse(damaged.stderr)
    assert.deepEqual([damaged.code, code], [9, 'VERIFY_BLOCK_WRONG'], damaged.stderr)
    assert.match(detail, /^block 2: /)
  })
})

type OpenTable = (name: string) => Database<Buffer, Key>

/** Changes what lies in a store, while no node runs, past everything that guards it. */
async function changeTables(folder: string, change: (table: OpenTable) => Promise<void>) {
  const root = open({ path: folder, maxDbs: 16, encoding: 'binary' })
  await change((name) => root.openDB<Buffer, Key>({ name, encoding: 'binary' }))
  await root.close()
}

/** Indexes of the walk's records, as lists give them: of the service, by time, and of a key. */
async function listedRecords(t: TestContext, home: string) {
  // A node that may write would say where it listens now, in an entry of its own.
  const { run, up } = await startNetwork(t, home, ['--read-only'])
  const list = async (...more: string[]) => {
    const { stdout, stderr } = await run(
      'record',
      ...['list', '--service', 'flights', '--json'],
      ...more,
    )
    assert.equal(stderr, '')
    return JSON.parse(stdout).records.map(({ index }: { index: number }) => index)
  }
  const history = await run('record', 'get', '--service', 'flights', 'a', '--history', '--json')
  const listed = {
    service: await list(),
    newest: await list('--order', 'newest', '--limit', '2'),
    key: await list('--key', 'b'),
    recent: await list('--from', '2020-01-01'),
    past: await list('--to', '2020-01-01'),
    history: history.code === 0 ? JSON.parse(history.stdout).records.length : history.code,
  }
  up.child.kill('SIGTERM')
  await up.ended
  return listed
}

/** Lists that say something else than the log, and such as nobody can read, are made anew. */
async function rebuildsLists(t: TestContext, home: string): Promise<void> {
  const right = await listedRecords(t, home)
  const wanted = { service: [4, 5, 6], newest: [6, 5], key: [5], recent: [4, 5, 6], past: [] }
  assert.deepEqual(right, { ...wanted, history: 2 })
  const { projection } = homePaths(home)
  await changeTables(projection, async (table) => {
    await table('keys').clearAsync()
    // Rows of services, two bytes each from the step's first entry on, now lead to other entries.
    for (const { key } of [...table('services').getRange()]) {
      await table('services').put(key, Buffer.of(0, 1))
    }
  })
  const wrong = await listedRecords(t, home)
  assert.notDeepEqual(wrong.service, right.service)
  assert.deepEqual([wrong.key, wrong.history], [[], 4])
  const file = join(projection, 'data.mdb')
  const rebuild = async () => {
    const { code, stdout, stderr } = await bsn(['projections', 'rebuild', '--home', home, '--json'])
    assert.deepEqual([code, JSON.parse(stdout).entries], [0, 7], stderr)
    assert.deepEqual(await listedRecords(t, home), right)
  }
  await rebuild()
  writeFileSync(file, readFileSync(file).fill('x'))
  const unreadable = await bsn(['up', '--home', home, '--port', '0', '--json'])
  assert.equal(unreadable.code, 1)
  assert.match(unreadable.stderr, /"code":"LISTS_UNREADABLE".*bsn projections rebuild/)
  await rebuild()
}

describe('bsn ledger export and import', () => {
  it('makes the same ledger of one file, and nothing of a broken one', async (t) => {
    const { run, home, up } = await startNetwork(t)
    const file = (name: string) => join(home, '..', name)
    await addCredential({ run }, file('c.credential'))
    writeFileSync(file('rows.json'), rows(700))
    await run(
      'record',
      'put',
      '--service',
      'flights',
      '--credential',
      file('c.credential'),
      file('rows.json'),
    )
    const written = await run('ledger', 'export', '--out', file('l.bsn'), '--json')
    assert.equal(written.code, 0, written.stderr)
    const { file: _, ...exported } = JSON.parse(written.stdout)
    const { appHash } = JSON.parse((await run('status', '--json')).stdout)
    assert.deepEqual([exported.entries, exported.appHash], [704, appHash])
    assert.equal((await run('ledger', 'export', '--out', file('l.bsn'))).code, 5)
    up.child.kill('SIGTERM')
    await up.ended
    const copy = ['--home', file('copy'), '--json']
    const made = await bsn(['ledger', 'import', file('l.bsn'), ...copy])
    assert.equal(made.code, 0, made.stderr)
    const { home: __, ...imported } = JSON.parse(made.stdout)
    assert.deepEqual(imported, exported)
    const verified = await bsn(['ledger', 'verify', ...copy])
    assert.deepEqual([verified.code, JSON.parse(verified.stdout).appHash], [0, appHash])
    assert.equal((await bsn(['ledger', 'import', file('l.bsn'), ...copy])).code, 5)
    const whole = readFileSync(file('l.bsn'))
    for (const [name, bytes] of Object.entries({
      short: whole.subarray(0, -20),
      flipped: whole.map((byte, i) => (i === 5000 ? byte ^ 1 : byte)),
    })) {
      writeFileSync(file(name), bytes)
      const argv = ['ledger', 'import', file(name), '--home', file(`${name}-home`)]
      const { code, stderr } = await bsn(argv)
      assert.deepEqual([code, /EXPORT_(TRUNCATED|DAMAGED)/.test(stderr)], [9, true], stderr)
    }
    assert.equal(
      (await bsn(['ledger', 'import', file('absent'), ...copy.with(1, file('x'))])).code,
      4,
    )
  })
})

describe('bsn on a terminal', () => {
  it('draws a bar with rate and time left, and tables with a head', async (t) => {
    if (!needs(t, 'script', 'linux')) return
    const { run, home } = await startNetwork(t)
    const file = (name: string) => join(home, '..', name)
    await addCredential({ run }, file('c.credential'))
    writeFileSync(file('rows.json'), rows(5000))
    const onTerminal = (line: string) =>
      spawnSync('script', ['-qec', `${program} ${line}`, '/dev/null'], {
        env: { PATH: process.env.PATH, BSN_HOME: home, TERM: 'xterm' },
        encoding: 'utf8',
      })
    const credential = `--service flights --credential ${file('c.credential')}`
    const put = onTerminal(`record put ${credential} ${file('rows.json')}`)
    assert.match(
      put.stdout,
      /\r\S*rows\.json {2}\[#+-*\] +\d+ % {2}[\d,]+ of 5,000 rows {2}[\d,]+\/s/,
    )
    assert.match(put.stdout, / left/)
    assert.match(put.stdout, /5,000 rows: 5,000 appended/)
    const list = onTerminal('record list --service flights --limit 2')
    assert.match(list.stdout, /INDEX +TIME +KEY +PAYLOAD/)
    assert.ok(onTerminal('nonsense').stdout.includes('\u001b[31merror'))
    assert.equal(onTerminal('nonsense --no-color').stdout.includes('\u001b'), false)
  })
})

describe('bsn record put, interrupted', () => {
  const put = (file: (name: string) => string, ...more: string[]) => [
    ...['record', 'put', '--service', 'flights', '--credential', file('c.credential')],
    ...['--receipts', file('out.ndjson'), ...more, file('rows.json')],
  ]
  const indexes = (file: string): number[] =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).index)

  it('ends with 130 at Ctrl-C, and goes on with nothing twice', async (t) => {
    const { run, env, home } = await startNetwork(t)
    const file = (name: string) => join(home, '..', name)
    await addCredential({ run }, file('c.credential'))
    const total = 30_000
    writeFileSync(file('rows.json'), rows(total))
    const first = startBsn(put(file, '--json'), { env })
    while (!(statSync(file('out.ndjson'), { throwIfNoEntry: false })?.size ?? 0)) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    first.child.kill('SIGINT')
    const { code, stdout } = await first.ended
    const { appended, interrupted } = JSON.parse(stdout)
    assert.deepEqual([code, interrupted], [130, true])
    assert.ok(appended > 0 && appended < total, `${appended}`)
    assert.equal(indexes(file('out.ndjson')).length, appended)
    const rest = JSON.parse((await run(...put(file, '--json'))).stdout)
    assert.deepEqual([rest.skipped, rest.appended], [appended, total - appended])
    assert.equal(new Set(indexes(file('out.ndjson'))).size, total)
  })

  it('survives a server that is killed, with nothing lost and nothing twice', async (t) => {
    const { run, env, home, up } = await startNetwork(t)
    const file = (name: string) => join(home, '..', name)
    await addCredential({ run }, file('c.credential'))
    const total = 30_000
    writeFileSync(file('rows.json'), rows(total))
    const first = startBsn(put(file, '--json'), { env })
    while ((statSync(file('out.ndjson'), { throwIfNoEntry: false })?.size ?? 0) < 1e6) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    up.child.kill('SIGKILL')
    const failed = await first.ended
    assert.ok(failed.code === 7 || failed.code === 8, `${failed.code}: ${failed.stderr}`)
    await startNetwork(t, home)
    const gateway = JSON.parse((await run('status', '--json')).stdout).gateway
    const argv = put(file, '--json', '--gateway', gateway)
    const { appended, duplicates, skipped } = JSON.parse((await run(...argv)).stdout)
    assert.equal(appended + duplicates + skipped, total)
    assert.equal(new Set(indexes(file('out.ndjson'))).size, total)
    const { entries } = JSON.parse((await run('status', '--json')).stdout)
    // The node's two, the service's, the credential's, and the node's new address.
    assert.equal(entries, total + 5)
  })
})
