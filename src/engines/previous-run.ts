import { readFile, rm, writeFile } from 'node:fs/promises'
import { processMark } from '../kernel/process-mark.ts'
import { engineError } from './errors.ts'
import { killGroup } from './guarded-child.ts'
import { pause } from './pause.ts'

/** Notes at `path` that process `pid` runs, and that this process started it. */
export async function noteRun(path: string, pid: number): Promise<void> {
  await writeFile(path, `${processMark(pid) ?? pid}\n${processMark(process.pid)}\n`)
}

/** After its end. */
export async function forgetRun(path: string): Promise<void> {
  await rm(path, { force: true })
}

const lookMs = 50

/**
 * Waits for the end of the engine that is noted at `path`. After a crash of its parent its guard is
 * ending it; one that is there after `waitMs` has no guard any more, and is ended here.
 * @throws ENGINE_START_FAILED where its parent runs, or where it cannot be told from another
 */
export async function awaitPreviousRun(
  path: string,
  waitMs: number,
  signal: AbortSignal,
): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const [mark = '', parent = ''] = text.split('\n')
  if (!runs(mark)) return
  if (runs(parent)) throw runsAlready(mark, `; process ${pidOf(parent)} started it`)
  for (let waitedMs = 0; waitedMs < waitMs; waitedMs += lookMs) {
    if (!(await pause(lookMs, signal)) || !runs(mark)) return
  }
  // Without its start time, the number may be anybody's by now.
  if (!/^\d+ \d+$/.test(mark)) throw runsAlready(mark, ' from an earlier run: end it')
  killGroup(pidOf(mark))
  while (runs(mark) && (await pause(lookMs, signal))) {
    // SIGKILL takes a moment.
  }
}

const pidOf = (mark: string) => Number.parseInt(mark, 10)

function runs(mark: string): boolean {
  const pid = pidOf(mark)
  return Number.isSafeInteger(pid) && pid > 0 && processMark(pid) === mark
}

function runsAlready(mark: string, how: string) {
  return engineError('ENGINE_START_FAILED', `The engine runs as process ${pidOf(mark)}${how}.`)
}
