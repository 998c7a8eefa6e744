import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import {
  createEngine,
  type EngineChange,
  type EngineDeps,
  type EngineOptions,
} from '../engines/engine.ts'
import { engineLogPath } from '../engines/engine-folder.ts'
import { shellProgram } from './engine-program.ts'
import { testFolder } from './folder.ts'

export const testClock = { nowSeconds: () => 1_700_000_000 }

/** Fast enough for a test. */
export const quickEngine = {
  probeIntervalMs: 10,
  probeTimeoutMs: 1000,
  restartDelayMs: 20,
  restartDelayMsMax: 80,
  stopTimeoutMs: 200,
}

/** An engine of shell lines, in a folder of its own; it is healthy while the file `up` is there. */
export function testEngine(
  t: TestContext,
  lines: readonly string[],
  options: Partial<EngineOptions> = {},
  deps: Partial<EngineDeps> = {},
) {
  const folder = testFolder()
  const changes: EngineChange[] = []
  const program = { ...shellProgram(...lines), cwd: folder.path }
  const engine = createEngine(
    { name: 'tiny', program, folder: folder.path, ...quickEngine, ...options },
    {
      clock: testClock,
      probe: async () => assert.ok(existsSync(folder.file('up'))),
      onChange: (change) => changes.push(change),
      ...deps,
    },
  )
  t.after(async () => {
    await engine.stop()
    folder.remove()
  })
  return {
    engine,
    file: folder.file,
    states: () => changes.map(({ state }) => state),
    ends: () => changes.flatMap(({ state, end }) => (state === 'waiting' && end ? [end] : [])),
    retries: () => changes.flatMap(({ retryMs }) => (retryMs === undefined ? [] : [retryMs])),
    log: () => readFileSync(engineLogPath(folder.path), 'utf8'),
  }
}

/** Runs until SIGTERM, and notes each start. */
export const steadyLines = ['echo "start $$" | tee -a starts', 'touch up', 'exec sleep 600']
