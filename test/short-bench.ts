import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BenchName, Report, RowName } from '../bench/report.ts'

/** For their reports, and what else a test makes. */
export const scratch = mkdtempSync(join(tmpdir(), 'openbsn-bench-test-'))

/** Runs it to its end. */
export function bench(args: readonly string[], env: Record<string, string> = {}) {
  const program = join(import.meta.dirname, '../bench/main.ts')
  return spawnSync(process.execPath, ['--conditions=openbsn-source', program, ...args], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
    // A bench that hangs must not take the time of all tests after it.
    timeout: 240_000,
    killSignal: 'SIGKILL',
  })
}

/** So short that the figures mean nothing; everything that makes them runs. */
export function shortBench(name: BenchName, rows: readonly RowName[]) {
  const file = join(scratch, `${name}-${rows.length}.json`)
  const only = ['--only', rows.join(',')]
  const ran = bench([name, '--seconds', '1', '--entries', '2000', '--json', file, ...only])
  assert.equal(ran.status, 0, ran.stderr)
  const report: Report = JSON.parse(readFileSync(file, 'utf8'))
  return { ...ran, report }
}

/** The report has these rows, with what each holds under; so has the table for people. */
export function judge({ report, stdout }: ReturnType<typeof shortBench>, rows: readonly RowName[]) {
  assert.deepEqual(Object.keys(report), ['machine', 'results'])
  assert.ok(report.machine.cores >= 1 && report.machine.node === process.version)
  assert.deepEqual(report.results.map(({ name }) => name).sort(), [...rows].sort())
  for (const { name, value, unit, conditions } of report.results) {
    // A neighbour that changes nothing is a figure too.
    const least = name === 'gateway.neighbour' ? 0 : Number.MIN_VALUE
    assert.ok(Number.isFinite(value) && value >= least, `${name} is ${value}`)
    assert.equal(typeof unit, 'string')
    assert.ok(Object.keys(conditions).length > 0, name)
    assert.match(stdout, new RegExp(`^${name} `, 'm'))
  }
}

/** Conditions of a row that are not said. */
export function missingOf(report: Report, row: RowName, said: readonly string[]): string[] {
  const result = report.results.find(({ name }) => name === row)
  return said.filter((key) => result?.conditions[key] === undefined)
}

/** What they wrote. */
export const removeReports = () => rmSync(scratch, { recursive: true, force: true })
