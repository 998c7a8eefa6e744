import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

export type Step = {
  readonly name: string
  /** Arguments of Node. */
  readonly args: readonly string[]
  /** Files for node:test; a step without them is one check by itself. */
  readonly files?: readonly string[]
  /** After this the step has hung: a handle left open, a server not closed. */
  readonly timeoutMinutes: number
}

const root = join(import.meta.dirname, '../..')
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

/** What each suite does: groups of steps, one after the other; those of a group side by side. */
export const suites: Readonly<Record<string, () => readonly (readonly Step[])[]>> = {
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
