import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { readOptions } from '../bench/options.ts'
import { formatReport, type RowName, resultOf, rowNamesOf } from '../bench/report.ts'
import { needs } from '../src/testing/needs.ts'
import { bench, judge, missingOf, removeReports, scratch, shortBench } from './short-bench.ts'

const peer: RowName = 'peer.tessera'
const ownRows = rowNamesOf('records').filter((name) => name !== peer)

after(removeReports)

describe('npm run bench', () => {
  it('says machine and results under their stable names, with what each holds under', (t) => {
    if (!needs(t, 'linux')) return
    const ran = shortBench('records', ownRows)
    judge(ran, ownRows)
    const { cpu, disk } = ran.report.machine
    for (const one of [cpu, disk]) assert.ok(one !== '' && ran.stdout.includes(one), one)
    const load = ['statements per request', 'connections', 'durability', 'seconds']
    const said = [...load, 'p50 ms', 'p99 ms', 'p99.9 ms']
    const loads: RowName[] = ['records.batch', 'records.single64', 'records.single256']
    for (const row of [...loads, 'records.steady.p99'] as const) {
      assert.deepEqual(missingOf(ran.report, row, said), [], row)
    }
    const shapes = [
      ['records.single64', 1, 64],
      ['records.single256', 1, 256],
      ['records.batch', 500, 6],
      ['records.steady.p99', 1, 64],
    ] as const
    for (const [row, each, at] of shapes) {
      const found = ran.report.results.find(({ name }) => name === row)?.conditions ?? {}
      const shown = [found['payload bytes'], found['statements per request'], found.connections]
      assert.deepEqual(shown, [200, each, at], row)
      const offered = row === 'records.steady.p99' ? 1157 : undefined
      assert.equal(found['offered per second'], offered, row)
    }
    const { seconds, entries } = readOptions(['records']) ?? {}
    assert.deepEqual([seconds, entries], [60, 5_000_000])
    assert.deepEqual(missingOf(ran.report, 'growth.memory', ['mapped pages of files, MB']), [])
    assert.match(ran.stdout, /^records\.batch \/ limit\.verify /m)
    const seen = ['mean commit ms', 'bare fdatasync ms']
    assert.deepEqual(missingOf(ran.report, 'records.batch', seen), [])
  })
})

describe('the report of a bench', () => {
  it('has the names and units that programs read', () => {
    const units = rowNamesOf('records').map((name) => [name, resultOf(name, 1, {}).unit])
    assert.deepEqual(Object.fromEntries(units), {
      ...{ 'records.batch': 'statements/s', 'records.single64': 'statements/s' },
      ...{ 'records.single256': 'statements/s', 'records.steady.p99': 'ms' },
      ...{ 'records.steady.cores': 'cores', 'limit.verify': 'signatures/s' },
      ...{ 'limit.append': 'statements/s', 'peer.tessera': 'leaves/s', 'growth.ratio': '' },
      ...{ 'growth.memory': 'MB', restart: 's', 'receipt.p99': 'ms', 'cli.start': 'ms' },
    })
  })

  it('says figures in proportion to the limits and to the peer', () => {
    const none = { cpu: '', cores: 2, memoryGiB: 1, kernel: '', disk: '', node: '' }
    const machine = { ...none, loadBefore: [] }
    const textOf = (values: Partial<Record<RowName, number>>) => {
      const all = Object.entries(values) as [RowName, number][]
      const results = all.map(([name, value]) => resultOf(name, value, {}))
      return formatReport({ machine, results }, []).replaceAll(/ +/g, ' ')
    }
    const limits = { 'limit.verify': 40_000, 'limit.append': 80_000, 'peer.tessera': 10_000 }
    const good = textOf({ 'records.batch': 20_000, 'records.single256': 8000, ...limits })
    const bad = textOf({ 'records.batch': 14_000, 'records.single256': 7000, ...limits })
    for (const [text, line] of [
      [good, 'records.batch / limit.verify 0.5'],
      [good, 'records.batch / limit.append 0.25'],
      [good, 'records.batch / peer.tessera 2 ok, at least 1.5'],
      [good, 'records.single256 / peer.tessera 0.8 ok, at least 0.8'],
      [bad, 'records.batch / peer.tessera 1.4 BELOW, at least 1.5'],
      [bad, 'records.single256 / peer.tessera 0.7 BELOW, at least 0.8'],
    ] as const) {
      assert.ok(text.split('\n').includes(line), `${line}\n${text}`)
    }
  })
})

describe('npm run bench, where figures would mean nothing', () => {
  it('prints no figure for a data folder in memory', (t) => {
    if (!needs(t, 'linux')) return
    if (!existsSync('/dev/shm')) return t.skip('this machine has no /dev/shm')
    const ran = bench(['records', '--seconds', '1'], { TMPDIR: '/dev/shm' })
    assert.equal(ran.status, 1)
    assert.match(ran.stderr, /BENCH_NOT_DURABLE: The data folder lies in memory \(tmpfs\)/)
    assert.equal(ran.stdout, '')
  })

  it('prints no figure where something hides fsync, whatever its name', (t) => {
    if (!needs(t, 'linux', 'cc', 'strace')) return
    const code = 'int fsync(int f) { return 0; }\nint fdatasync(int f) { return 0; }\n'
    for (const [name, why] of [
      ['nofsync', /The server has loaded a library against fsync \(nofsync\)/],
      // Time and device may tell first; the calls that the kernel saw tell for certain.
      ['plain', /Commits are too fast|device writes|20 commits made 0 calls of fdatasync/],
    ] as const) {
      const library = join(scratch, `${name}.so`)
      const source = join(scratch, `${name}.c`)
      writeFileSync(source, code)
      const built = spawnSync('cc', ['-shared', '-fPIC', '-o', library, source])
      assert.equal(built.status, 0, String(built.stderr))
      const program = join(scratch, `bsn-${name}`)
      const bsn = join(import.meta.dirname, '../bin/bsn')
      const script = `#!/bin/sh\nLD_PRELOAD=${library} exec ${bsn} "$@"\n`
      writeFileSync(program, script, { mode: 0o755 })
      const only = ['--seconds', '1', '--only', 'records.batch', '--bsn', program]
      const ran = bench(['records', ...only])
      assert.equal(ran.status, 1, ran.stdout)
      assert.match(ran.stderr, /BENCH_NOT_DURABLE/)
      assert.match(ran.stderr, why)
      assert.equal(ran.stdout, '')
    }
  })

  it('refuses what it does not know', () => {
    const wrong = ['blocks', 'records --only x', 'gateway --only restart', 'records --seconds 0']
    for (const args of wrong.map((text) => text.split(' '))) {
      assert.match(bench(args).stderr, /BENCH_OPTION_INVALID/, args.join(' '))
    }
  })
})
