import { mkdir, mkdtemp, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { engineError } from './errors.ts'
import {
  askVersion,
  type FoundEngine,
  findEngine,
  installedFolder,
  programIn,
} from './find-engine.ts'
import { type BuildDeps, type Environment, goBuild } from './go-build.ts'
import type { EngineRecipe, GoRecipe } from './recipes.ts'

export type InstallOptions = {
  readonly recipe: EngineRecipe
  /** Folder of the engines of this user; made where absent. */
  readonly cache: string
  /** Where the toolchain is, and how it is set up: PATH, HOME, GOPROXY … */
  readonly env: Environment
  /** Build it although it is there. */
  readonly force?: boolean
}

export type InstallDeps = Pick<BuildDeps, 'signal' | 'onProgress'>

export type InstalledEngine = FoundEngine & {
  readonly sizeBytes: number
  /** False where it was there already. */
  readonly isNew: boolean
}

/**
 * Builds an engine into the cache, or finds that it is there. It appears complete or not at all;
 * of several that install it at once, each gets a whole one.
 * @throws ENGINE_TOOLCHAIN_MISSING, ENGINE_BUILD_FAILED, ENGINE_STOPPED; ENGINE_MISSING where npm
 * should have brought it
 */
export async function installEngine(
  { recipe, cache, env, force = false }: InstallOptions,
  deps: InstallDeps,
): Promise<InstalledEngine> {
  // What npm brings is there, or npm has to bring it.
  if (recipe.from === 'npm') {
    const found = await findEngine({ recipe, cache })
    return { ...found, sizeBytes: await sizeOf(found.path), isNew: false }
  }
  const found = force ? undefined : await findEngine({ recipe, cache }).catch(() => undefined)
  if (found) return { ...found, sizeBytes: await sizeOf(found.path), isNew: false }
  const place = installedFolder(cache, recipe)
  await mkdir(dirname(place), { recursive: true })
  const draft = await mkdtemp(join(dirname(place), draftPrefix))
  try {
    await removeForgotten(draft)
    await buildInto(draft, { recipe, env }, deps)
    await publish(draft, place)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  const installed = await findEngine({ recipe, cache })
  return { ...installed, sizeBytes: await sizeOf(installed.path), isNew: true }
}

const draftPrefix = '.draft-'

async function buildInto(
  draft: string,
  { recipe, env }: { readonly recipe: GoRecipe; readonly env: Environment },
  deps: InstallDeps,
): Promise<void> {
  const { name, version } = recipe
  const said: string[] = []
  const options = { recipe, out: draft, env }
  const failure = await goBuild(options, { ...deps, onLine: (line) => said.push(line) })
  if (deps.signal.aborted) {
    const message = `The build of ${name} ${version} was stopped; nothing was installed.`
    throw engineError('ENGINE_STOPPED', message, { details: { engine: name } })
  }
  if (failure === undefined) {
    const path = programIn(draft, recipe)
    await askVersion(recipe, path, false)
    await flush(path)
    return
  }
  const log = join(dirname(draft), `${version}-failed.log`)
  await writeFile(log, `${said.join('\n')}\n`)
  const message = `${name} ${version} was not built. Go says:\n${failure}\nAll of it: ${log}`
  throw engineError('ENGINE_BUILD_FAILED', message, { details: { engine: name, log } })
}

/** A program that is half on disk after a power cut would be there for good. */
async function flush(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/**
 * A folder appears in one step, but cannot replace another that has files: then each program takes
 * the place of its like, so that there is one at any moment. One that runs keeps its file.
 */
async function publish(draft: string, place: string): Promise<void> {
  try {
    await rename(draft, place)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
    for (const name of await readdir(draft)) await rename(join(draft, name), join(place, name))
  }
}

/** No build takes so long: a draft that old belongs to nobody. */
const draftAgeMsMax = 24 * 60 * 60 * 1000

/** What builds left that were killed. The time is that of the disk: our own draft is new. */
async function removeForgotten(draft: string): Promise<void> {
  const folder = dirname(draft)
  const { mtimeMs: nowMs } = await stat(draft)
  for (const name of await readdir(folder)) {
    if (!name.startsWith(draftPrefix) || name === basename(draft)) continue
    const other = join(folder, name)
    const { mtimeMs } = await stat(other).catch(() => ({ mtimeMs: nowMs }))
    if (nowMs - mtimeMs > draftAgeMsMax) await rm(other, { recursive: true, force: true })
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path)).size
}
