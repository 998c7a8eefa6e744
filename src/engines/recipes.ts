import { join } from 'node:path'
import { engineError } from './errors.ts'

/**
 * How an engine is built, and how its version is asked. The sources are pinned by `go.mod` and
 * `go.sum` in its folder; where those of the engine itself have replace directives, they stand
 * there too.
 */
export type EngineRecipe = {
  readonly name: string
  readonly version: string
  /** What it is for, in a few words. */
  readonly about: string
  /** Folder with `go.mod` and `go.sum`. */
  readonly folder: string
  /** Go packages of the programs to build; each gives a program named after its last part. */
  readonly packages: readonly string[]
  /** The one whose version is asked; the others lie beside it. */
  readonly program: string
  /** First version of Go that builds it. */
  readonly goVersionMin: string
  readonly versionArgs: readonly string[]
  /** What the program answers to these where it may be used; the first group is the version. */
  readonly versionPattern: RegExp
}

/** Recipes are no code, and are not built: they lie beside `src`, and beside `dist`. */
const folderOf = (name: string) => join(import.meta.dirname, '../../engines', name)

/** Every engine that can be installed, by its name. */
export const engineRecipes: Readonly<Record<string, EngineRecipe>> = {
  cometbft: {
    name: 'cometbft',
    version: '1.0.1',
    about: 'one ledger over several nodes',
    folder: folderOf('cometbft'),
    packages: ['github.com/cometbft/cometbft/cmd/cometbft'],
    program: 'cometbft',
    goVersionMin: '1.24',
    versionArgs: ['version'],
    // Patches of 1.0 speak the same protocol: an operator may bring a later one.
    versionPattern: /^v?(1\.0\.\d+)\b/m,
  },
}

/** @throws ENGINE_UNKNOWN */
export function recipeOf(name: string): EngineRecipe {
  const recipe = Object.hasOwn(engineRecipes, name) ? engineRecipes[name] : undefined
  if (recipe) return recipe
  const names = Object.keys(engineRecipes).join(', ')
  throw engineError('ENGINE_UNKNOWN', `There is no engine ${name}; there are: ${names}.`)
}
