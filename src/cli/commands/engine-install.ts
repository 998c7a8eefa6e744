import { performance } from 'node:perf_hooks'
import { installEngine } from '../../engines/install-engine.ts'
import { recipeOf } from '../../engines/recipes.ts'
import { createBuildProgress } from '../build-progress.ts'
import type { Command } from '../command.ts'
import { engineCache, engineOperand, engineVariable } from '../engine-places.ts'
import { exitCode } from '../failure.ts'
import { flag, object, text, whole } from '../json-schema.ts'
import { duration, grouped } from '../put/progress.ts'

export const command: Command = {
  description:
    'Builds it from sources that are pinned by their hashes, which needs Go and the way that Go ' +
    'fetches modules by (GOPROXY). Takes a minute or more the first time. The program lies in ' +
    'the cache of this user, $XDG_CACHE_HOME or ~/.cache, for every data folder.',
  examples: ['bsn engine install cometbft', 'bsn engine install cometbft --force'],
  operands: [engineOperand],
  options: { force: { type: 'boolean', summary: 'Build it although it is there' } },
  output: object({
    name: text,
    version: text,
    path: text,
    sizeBytes: whole,
    seconds: { type: 'number' },
    isNew: flag,
  }),
  run: async (args, { out, env, interrupted }) => {
    const recipe = recipeOf(args.operand(0))
    const options = { recipe, cache: engineCache(env), env, force: args.has('force') }
    const signal = interrupted()
    const nowMs = () => performance.now()
    const startMs = nowMs()
    const shown = createBuildProgress(recipe.name, { out, nowMs })
    try {
      const installed = await installEngine(options, { signal, onProgress: shown.show })
      const { name, version, path, sizeBytes, isNew } = installed
      const seconds = Math.round((nowMs() - startMs) / 100) / 10
      const size = `${grouped(Math.round(sizeBytes / 1e6))} MB`
      const how = isNew ? `installed in ${duration(seconds)}` : 'is installed already'
      shown.end()
      out.answer(
        { name, version, path, sizeBytes, seconds, isNew },
        `${name} ${version} ${how}: ${path} (${size})`,
      )
    } catch (error) {
      shown.end()
      if (!signal.aborted) throw error
      out.note('interrupted: nothing was installed')
      return exitCode.interrupted
    }
    const variable = engineVariable(recipe.name)
    if (env[variable]) out.note(`${variable} names another program, which counts before it`)
    return undefined
  },
}
