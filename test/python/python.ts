import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const here = import.meta.dirname
const cache = join(here, '../../node_modules/.cache/openbsn')

function run(command: string, args: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    input,
    encoding: 'utf8',
    maxBuffer: 512 * 1024 * 1024,
  })
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${error?.message ?? stderr}`)
  return stdout
}

/** Python scripts of this folder, with just the packages that they need. */
export type Python = {
  /** Runs a script that answers each line of JSON with one; answers in the same order. */
  answers<T>(script: string, cases: readonly unknown[]): T[]
}

/**
 * A Python 3 with these packages, each with its version. They are installed once, by the first test
 * that asks, and kept below node_modules/.cache; later runs need no network.
 */
export function python(...packages: readonly string[]): Python {
  const program = packages.length === 0 ? 'python3' : venv(packages)
  return {
    answers<T>(script: string, cases: readonly unknown[]): T[] {
      const input = cases.map((one) => `${JSON.stringify(one)}\n`).join('')
      const lines = run(program, ['-I', join(here, script)], input)
        .trim()
        .split('\n')
      assert.equal(lines.length, cases.length, `${script} answers every case`)
      return lines.map((line) => JSON.parse(line) as T)
    },
  }
}

function venv(packages: readonly string[]): string {
  const version = run('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']).trim()
  const folder = join(cache, `venv-${packages.join('-').replaceAll('==', '-')}-python-${version}`)
  const program = join(folder, 'bin/python')
  const done = join(folder, 'installed') // Written last: a venv without it broke off half-way.
  if (existsSync(done)) return program
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(cache, { recursive: true })
  run('python3', ['-m', 'venv', folder])
  run(program, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages])
  writeFileSync(done, `${packages.join('\n')}\n`)
  return program
}
