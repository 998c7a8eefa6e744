import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import { engineError } from './errors.ts'
import { npmProgram } from './npm-program.ts'
import type { EngineRecipe } from './recipes.ts'
import { runProgram } from './run-program.ts'

/** A program that was run and is of the right version. */
export type FoundEngine = {
  readonly name: string
  /** As the program says. */
  readonly version: string
  readonly path: string
  /** True where the operator named it, false where its recipe or npm installed it. */
  readonly isGiven: boolean
}

export type FindOptions = {
  readonly recipe: EngineRecipe
  /** Folder of the engines of this user. */
  readonly cache: string
  /** A program of the operator's own, which counts before the cache. */
  readonly path?: string | undefined
}

/** Folder that a recipe's programs are installed in: by version and by machine. */
export function installedFolder(cache: string, { name, version }: EngineRecipe): string {
  return join(cache, name, `${version}-${process.platform}-${process.arch}`)
}

/** Path of a recipe's program in such a folder. */
export function programIn(folder: string, { program }: EngineRecipe): string {
  return join(folder, process.platform === 'win32' ? `${program}.exe` : program)
}

/**
 * The program of an engine, after it has told its version.
 * @throws ENGINE_MISSING, ENGINE_VERSION_WRONG
 */
export async function findEngine({ recipe, cache, path }: FindOptions): Promise<FoundEngine> {
  const { name, version } = recipe
  if (path !== undefined) {
    if (await isProgram(path)) return askVersion(recipe, path, true)
    const message = `There is no program ${path}, which was named for ${name}.`
    throw engineError('ENGINE_MISSING', message, { details: { engine: name } })
  }
  const installed =
    recipe.from === 'npm' ? npmProgram(recipe) : programIn(installedFolder(cache, recipe), recipe)
  if (await isProgram(installed)) return askVersion(recipe, installed, false)
  const how = recipe.from === 'npm' ? `npm install` : `bsn engine install ${name}`
  const message = `${name} ${version} is not installed. To install it: ${how}`
  throw engineError('ENGINE_MISSING', message, { details: { engine: name } })
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

/** A program answers in milliseconds; on a machine that has much else to do, in seconds. */
const versionTimeoutMs = 20_000

/** What a program says of itself. @throws ENGINE_VERSION_WRONG */
export async function askVersion(
  recipe: EngineRecipe,
  path: string,
  isGiven: boolean,
): Promise<FoundEngine> {
  const { name, versionArgs, versionPattern } = recipe
  const program = { path, args: versionArgs }
  const { code, signal, lines } = await runProgram(program, { timeoutMs: versionTimeoutMs })
  const version = versionPattern.exec(lines.join('\n'))?.[1]
  const isRight = version !== undefined && (isGiven || version === recipe.version)
  if (code === 0 && isRight) return { name, version, path, isGiven }
  const said = signal === null ? `${lines.join(' ').slice(0, 200)} (code ${code})` : signal
  const asked = [path, ...versionArgs].join(' ')
  throw engineError(
    'ENGINE_VERSION_WRONG',
    `${name} ${recipe.version} is needed; ${asked} answered: ${said}`,
    { details: { engine: name } },
  )
}
