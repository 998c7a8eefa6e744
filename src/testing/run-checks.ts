import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Step, suites } from './suites.ts'
import { formatTally, sumOf, type Tally, tallyOfCheck, tallyOfTap } from './tally.ts'

/**
 * The program behind `npm test`, `npm run check` and `npm run test:long`. Runs every step even
 * when one fails, then prints one summary; exits with 1 when anything failed.
 */
const root = join(import.meta.dirname, '../..')
const scratch = mkdtempSync(join(tmpdir(), 'openbsn-checks-'))

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
