import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatTally, sumOf, type Tally, tallyOfCheck, tallyOfTap } from './tally.ts'

/**
 * The program behind `npm test`, `npm run check` and `npm run test:long`. Runs every step even
 * when one fails, then prints one summary; exits with 1 when anything failed.
 */
type Step = {
  readonly name: string
  /** Arguments of Node. */
  readonly args: readonly string[]
  /** Files for node:test; a step without them is one check by itself. */
  readonly files?: readonly string[]
  /** After this the step has hung: a handle left open, a server not closed. In sum under 40. */
  readonly timeoutMinutes: number
}

const root = join(import.meta.dirname, '../..')
const scratch = mkdtempSync(join(tmpdir(), 'openbsn-checks-'))
const source = '--conditions=openbsn-source'

const format: Step = {
  name: 'format and lint (biome)',
  args: [
    'node_modules/@biomejs/biome/bin/biome',
    'ci',
    '--error-on-warnings',
    process.stdout.isTTY ? '--colors=force' : '--colors=off',
  ],
  timeoutMinutes: 1,
}
const types: Step = {
  name: 'types (tsc)',
  args: ['node_modules/typescript/bin/tsc'],
  timeoutMinutes: 2,
}
/** Pages printed from code: errors, configuration, command line, OpenAPI. */
const generated: Step = {
  name: 'generated files unchanged',
  args: [source, 'src/cli/main.ts', 'docs', '--check'],
  timeoutMinutes: 1,
}
const documentsExist = existsSync(join(root, 'src/cli/commands/docs.ts'))

/** One process for all: fast, and it punishes hidden global state. */
function unit(): Step {
  return {
    name: 'unit, contract and tidy tests',
    args: [source, '--test', '--test-isolation=none'],
    files: globSync(['src/**/*.test.ts', 'sdk/src/**/*.test.ts'], { cwd: root }).sort(),
    timeoutMinutes: 5,
  }
}

/** Real processes, ports and disks; one file after the other, so that timings mean something. */
function blackBox(name: string, pattern: string, timeoutMinutes: number): Step {
  const fileTimeoutMs = (timeoutMinutes / 2) * 60_000
  return {
    name,
    args: [source, '--test', '--test-concurrency=1', `--test-timeout=${fileTimeoutMs}`],
    files: globSync(pattern, { cwd: root }).sort(),
    timeoutMinutes,
  }
}

const suites: Readonly<Record<string, () => readonly Step[]>> = {
  check: () => [format, types, unit()],
  test: () => [
    format,
    types,
    ...(documentsExist ? [generated] : []),
    unit(),
    blackBox('black-box tests', 'test/**/*.test.ts', 28),
  ],
  long: () => [blackBox('long tests', 'test/**/*.long.ts', 240)],
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Runs Node with `args` and waits; tells a hang apart from a failure. */
function runNode({ name, args, timeoutMinutes }: Step): number | null {
  const { status, error } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 1, 1], // In one stream, so that the summary stays last.
    timeout: timeoutMinutes * 60_000,
    killSignal: 'SIGKILL',
  })
  if (error) print(`${name}: ${error.message} (limit ${timeoutMinutes} minutes)`)
  return status
}

function runTests(step: Step, files: readonly string[]): Tally {
  const tapFile = join(scratch, `${step.name.replaceAll(/\W+/g, '-')}.tap`)
  const reporters = ['spec', 'stdout', 'tap', tapFile].map((value, place) =>
    place % 2 === 0 ? `--test-reporter=${value}` : `--test-reporter-destination=${value}`,
  )
  const status = runNode({ ...step, args: [...step.args, ...reporters, ...files] })
  const tap = existsSync(tapFile) ? readFileSync(tapFile, 'utf8') : ''
  return tallyOfTap(step.name, tap, status)
}

function runStep(step: Step): Tally {
  print(`\n── ${step.name}${step.files ? `: ${step.files.length} files` : ''}`)
  if (!step.files) return tallyOfCheck(step.name, runNode(step) === 0)
  return step.files.length > 0 ? runTests(step, step.files) : sumOf([])
}

const suite = suites[process.argv[2] ?? 'test']
if (!suite) {
  print(`No such suite. There are: ${Object.keys(suites).join(', ')}`)
  process.exit(2)
}
// A fresh seed in CI, so that the property tests see new cases; SEED=n replays a run.
if (process.env.CI === 'true') process.env.SEED ??= String(randomInt(2 ** 31))
print(`SEED=${process.env.SEED ?? '1'}, Node ${process.version}`)

const tally = sumOf(suite().map(runStep))
rmSync(scratch, { recursive: true, force: true })
print(`\n${formatTally(tally)}`)
process.exitCode = tally.failed > 0 ? 1 : 0
