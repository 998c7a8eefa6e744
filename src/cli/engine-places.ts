import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { type FoundEngine, findEngine } from '../engines/find-engine.ts'
import { type EngineRecipe, recipeOf } from '../engines/recipes.ts'
import type { OperandSpec } from './command.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The operand of the commands that concern one engine. */
export const engineOperand: OperandSpec = {
  name: 'NAME',
  summary: 'As `bsn engine list` prints it',
  required: true,
}

/** Folder of this user's engines. A relative XDG_CACHE_HOME is to be ignored, says its standard. */
export function engineCache(env: Environment): string {
  const base = env.XDG_CACHE_HOME ?? ''
  return join(isAbsolute(base) ? base : join(homedir(), '.cache'), 'openbsn/engines')
}

/** Name of the variable that names a program of the operator's own. */
export function engineVariable(name: string): string {
  return `BSN_ENGINE_${name.toUpperCase().replaceAll('-', '_')}`
}

/** The program that the operator named, else the one that is installed. */
export function findEngineFor(recipe: EngineRecipe, env: Environment): Promise<FoundEngine> {
  const given = env[engineVariable(recipe.name)] || undefined
  const path = given === undefined ? undefined : resolve(given)
  return findEngine({ recipe, cache: engineCache(env), path })
}

/** Its path, by the name of the engine. @throws ENGINE_UNKNOWN, ENGINE_MISSING, ENGINE_* */
export async function findEngineNamed(name: string, env: Environment): Promise<string> {
  return (await findEngineFor(recipeOf(name), env)).path
}
