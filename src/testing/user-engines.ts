import { existsSync } from 'node:fs'
import { engineCache, engineVariable } from '../cli/engine-places.ts'
import { installedFolder, programIn } from '../engines/find-engine.ts'
import { recipeOf } from '../engines/recipes.ts'

/**
 * The cache of this user, which tests share with `bsn engine install`: what takes minutes to build
 * is built once for each machine.
 */
export function userEngineCache(): string {
  return engineCache(process.env)
}

/** The environment of this user, for what builds an engine. */
export function userEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env
}

/** Where an engine is on this machine: named by the environment, or installed for this user. */
export function engineHere(name: string): string | undefined {
  const recipe = recipeOf(name)
  const installed = programIn(installedFolder(userEngineCache(), recipe), recipe)
  return [process.env[engineVariable(name)], installed].find((path) => path && existsSync(path))
}
