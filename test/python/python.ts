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
  const program =
    packages.length === 0 ? 'python3' : environment(packages.join('-'), [[...packages]])
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

/**
 * The program of an environment of its own, made by these installations one after the other: each
 * is what pip is told. Kept as those of `python`.
 */
export function environment(
  name: string,
  installs: readonly (readonly string[])[],
  interpreter = 'python3',
): string {
  const asked = 'import sys; print("%d.%d" % sys.version_info[:2])'
  const version = run(interpreter, ['-c', asked]).trim()
  const folder = join(cache, `venv-${name.replaceAll('==', '-')}-python-${version}`)
  const program = join(folder, 'bin/python')
  const done = join(folder, 'installed') // Written last: a venv without it broke off half-way.
  if (existsSync(done)) return program
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(cache, { recursive: true })
  run(interpreter, ['-m', 'venv', folder])
  for (const what of installs) {
    run(program, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...what])
  }
  writeFileSync(done, `${installs.flat().join('\n')}\n`)
  return program
}
