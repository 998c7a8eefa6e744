import { spawn, spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
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
  /** After this the step has hung: a handle left open, a server not closed. */
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
  // What did not change since the last run is not looked at again.
  args: [
    'node_modules/typescript/bin/tsc',
    '--incremental',
    '--tsBuildInfoFile',
    'node_modules/.cache/openbsn/types',
  ],
  timeoutMinutes: 2,
}
const portalTypes: Step = {
  name: 'types of the portal (tsc)',
  args: [...types.args.slice(0, -1), 'node_modules/.cache/openbsn/portal-types', '-p', 'portal'],
  timeoutMinutes: 2,
}
/** Built before tests that open it, where it is not what its sources say. */
const portal: Step = {
  name: 'the portal that tests open',
  args: ['bin/build-portal.mjs', '--if-needed'],
  timeoutMinutes: 2,
}
/** Pages printed from code: errors, configuration, command line, OpenAPI. */
const generated: Step = {
  name: 'generated files unchanged',
  args: [source, 'src/cli/main.ts', 'docs', '--check'],
  timeoutMinutes: 1,
}
const documentsExist = existsSync(join(root, 'src/cli/commands/docs.ts'))

/** Built once for each user; without Go, tests that start them say that they need it. */
const engines = ['cometbft', 'fabric', 'fabric-ca'].map(
  (name): Step => ({
    name: `engine ${name}, which tests start`,
    args: [source, 'src/cli/main.ts', 'engine', 'install', name, '--quiet'],
    timeoutMinutes: 10,
  }),
)
const hasGo = spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0

const unitTests = ['{src,sdk/src,portal/src}/**/*.test.ts', 'sim/**/!(*.slow).test.ts']

/**
 * A process for each core, all files in them: fast, since each loads the program once, and it
 * punishes hidden global state. What takes a quarter of a second (`.slow.test.ts`) is left to
 * `npm test`.
 */
function unit(withSlow: boolean): Step[] {
  const files = globSync(unitTests, { cwd: root })
    .filter((file) => withSlow || !file.endsWith('.slow.test.ts'))
    .sort()
  const cores = Math.min(availableParallelism(), 4)
  // Slow ones wait for others, mostly.
  const processes = withSlow ? Math.ceil(cores * 1.5) : cores
  return Array.from({ length: processes }, (_, part) => ({
    name: `unit, contract and tidy tests, part ${part + 1} of ${processes}`,
    args: [source, '--test', '--test-isolation=none'],
    files: files.filter((_file, place) => place % processes === part),
    timeoutMinutes: 10,
  }))
}

/** The whole network in one process: it keeps a core busy, and is asked to be done in 2 minutes. */
const simulation: Step = {
  name: 'simulation',
  args: [source, '--test', '--test-concurrency=1'],
  files: globSync('sim/**/*.slow.test.ts', { cwd: root }).sort(),
  timeoutMinutes: 5,
}

/** Real processes, ports and disks, `atOnce` files at a time. */
function blackBox(
  name: string,
  pattern: string,
  { atOnce, timeoutMinutes }: { readonly atOnce: number; readonly timeoutMinutes: number },
): Step {
  const fileTimeoutMs = (timeoutMinutes / 2) * 60_000
  return {
    name,
    args: [source, '--test', `--test-concurrency=${atOnce}`, `--test-timeout=${fileTimeoutMs}`],
    files: globSync(pattern, { cwd: root }).sort(),
    timeoutMinutes,
  }
}

/** Folders of tests that have the machine for themselves: they kill and cut off at moments. */
const alone = 'faults|evm'

/** Groups of steps: one after the other; the steps of a group run side by side. */
const suites: Readonly<Record<string, () => readonly (readonly Step[])[]>> = {
  check: () => [[format, types, portalTypes, ...unit(false)]],
  test: () => [
    [
      ...[format, types, portalTypes, portal],
      ...[...(documentsExist ? [generated] : []), ...(hasGo ? engines : [])],
    ],
    unit(true),
    [simulation],
    // They wait for programs and pages, mostly: two are little slower than one.
    [
      blackBox('black-box tests', `test/{,!(${alone})/**/}*.test.ts`, {
        atOnce: 2,
        timeoutMinutes: 30,
      }),
    ],
    [
      blackBox('faults and chains', `test/@(${alone})/**/*.test.ts`, {
        atOnce: 1,
        timeoutMinutes: 20,
      }),
    ],
  ],
  long: () => [[blackBox('long tests', 'test/**/*.long.ts', { atOnce: 1, timeoutMinutes: 240 })]],
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/**
 * Runs Node with `args`; tells a hang apart from a failure. A step that is alone in its group
 * prints as it goes, others when they end.
 */
function runNode({ name, args, timeoutMinutes }: Step, isAlone: boolean): Promise<number | null> {
  const child = spawn(process.execPath, args, {
    cwd: root,
    // Both in one stream, so that the summary stays last.
    stdio: isAlone ? ['ignore', 1, 1] : ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMinutes * 60_000,
    killSignal: 'SIGKILL',
  })
  let printed = ''
  const gather = (chunk: Buffer) => {
    printed += chunk
  }
  child.stdout?.on('data', gather)
  child.stderr?.on('data', gather)
  return new Promise((resolve) => {
    child.on('close', (status, signal) => {
      if (!isAlone) print(`\n── ${name}\n${printed}`)
      if (signal) print(`${name}: ended by ${signal} (limit ${timeoutMinutes} minutes)`)
      resolve(status)
    })
  })
}

async function runTests(step: Step, files: readonly string[], isAlone: boolean): Promise<Tally> {
  const tapFile = join(scratch, `${step.name.replaceAll(/\W+/g, '-')}.tap`)
  const reporters = ['spec', 'stdout', 'tap', tapFile].map((value, place) =>
    place % 2 === 0 ? `--test-reporter=${value}` : `--test-reporter-destination=${value}`,
  )
  const status = await runNode({ ...step, args: [...step.args, ...reporters, ...files] }, isAlone)
  const tap = existsSync(tapFile) ? readFileSync(tapFile, 'utf8') : ''
  return tallyOfTap(step.name, tap, status)
}

async function runStep(step: Step, isAlone: boolean): Promise<Tally> {
  print(`── ${step.name}${step.files ? `: ${step.files.length} files` : ''}`)
  if (!step.files) return tallyOfCheck(step.name, (await runNode(step, isAlone)) === 0)
  return step.files.length > 0 ? runTests(step, step.files, isAlone) : sumOf([])
}

async function runGroup(steps: readonly Step[]): Promise<Tally> {
  return sumOf(await Promise.all(steps.map((step) => runStep(step, steps.length === 1))))
}

const suite = suites[process.argv[2] ?? 'test']
if (!suite) {
  print(`No such suite. There are: ${Object.keys(suites).join(', ')}`)
  process.exit(2)
}
// A fresh seed in CI, so that the property tests see new cases; SEED=n replays a run.
if (process.env.CI === 'true') process.env.SEED ??= String(randomInt(2 ** 31))
print(`SEED=${process.env.SEED ?? '1'}, Node ${process.version}`)

const tallies: Tally[] = []
for (const group of suite()) tallies.push(await runGroup(group))
const tally = sumOf(tallies)
rmSync(scratch, { recursive: true, force: true })
print(`\n${formatTally(tally)}`)
process.exitCode = tally.failed > 0 ? 1 : 0
