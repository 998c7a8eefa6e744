import { join } from 'node:path'
import { engineError } from './errors.ts'
import { onPath } from './on-path.ts'
import type { GoRecipe } from './recipes.ts'
import { type Ran, runProgram } from './run-program.ts'

/** How far a build is: modules that were fetched so far, then packages that are compiled. */
export type BuildProgress =
  | { readonly phase: 'fetch'; readonly modules: number }
  | { readonly phase: 'compile'; readonly packages: number; readonly total: number }

export type BuildOptions = {
  readonly recipe: GoRecipe
  /** Folder for the programs. */
  readonly out: string
  /** Where Go is, and how it is set up: PATH, HOME, GOPROXY … */
  readonly env: Environment
}

export type BuildDeps = {
  /** Ends the build. */
  readonly signal: AbortSignal
  readonly onProgress?: (progress: BuildProgress) => void
  /** Everything that the toolchain says. */
  readonly onLine: (line: string) => void
}

/** Names and values, as programs get them. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Builds the programs of a recipe. Returns what Go said last where it could not, else undefined.
 * @throws ENGINE_TOOLCHAIN_MISSING
 */
export async function goBuild(
  { recipe, out, env }: BuildOptions,
  { signal, onProgress, onLine }: BuildDeps,
): Promise<string | undefined> {
  const go = await findGo(recipe, env)
  const settings = { path: go, env: buildEnv(recipe, env), cwd: recipe.folder }
  const packages = new Set<string>()
  let modules = 0
  const list = ['list', '-deps', ...recipe.packages]
  const listed = await runProgram(
    { ...settings, args: list },
    {
      signal,
      onLine: (line, from) => {
        if (from === 'stdout') packages.add(line)
        else onLine(line)
        if (!line.startsWith('go: downloading ')) return
        modules += 1
        onProgress?.({ phase: 'fetch', modules })
      },
    },
  )
  if (listed.code !== 0) return lastWords(listed)
  let compiled = 0
  const total = packages.size
  onProgress?.({ phase: 'compile', packages: 0, total })
  const how = ['-v', `-ldflags=${linkerFlags(recipe)}`, '-o', join(out, '/')]
  const build = ['build', ...how, ...recipe.packages]
  const built = await runProgram(
    { ...settings, args: build },
    {
      signal,
      onLine: (line) => {
        onLine(line)
        if (packages.has(line)) onProgress?.({ phase: 'compile', packages: ++compiled, total })
      },
    },
  )
  return built.code === 0 ? undefined : lastWords(built)
}

/** Without tables for debuggers. */
function linkerFlags({ linked = {} }: GoRecipe): string {
  const set = Object.entries(linked).map(([name, value]) => `-X ${name}=${value}`)
  return ['-s -w', ...set].join(' ')
}

/**
 * Where the environment of the operator could change what is built, or ask for more than Go, it is
 * fixed: a workspace around the folder, other flags, a C compiler where none is
 * needed, another version of Go.
 */
function buildEnv({ usesC = false }: GoRecipe, env: Environment): Environment {
  const tools = { GOTOOLCHAIN: env.GOTOOLCHAIN ?? 'local', CGO_ENABLED: usesC ? '1' : '0' }
  return { ...env, ...tools, GOWORK: 'off', GOFLAGS: '-mod=readonly -trimpath -buildvcs=false' }
}

const tailLinesMax = 15

function lastWords({ code, signal, lines }: Ran): string {
  const said = lines.filter((line) => !line.startsWith('go: downloading ')).slice(-tailLinesMax)
  return said.length > 0 ? said.join('\n') : `go ended with ${signal ?? `code ${code}`}`
}

/** @throws ENGINE_TOOLCHAIN_MISSING */
async function findGo(recipe: GoRecipe, env: Environment): Promise<string> {
  const needed = `${recipe.name} ${recipe.version} is built with Go ${recipe.goVersionMin} or later`
  const go = await onPath('go', env.PATH ?? '')
  if (go === undefined) {
    throw engineError('ENGINE_TOOLCHAIN_MISSING', `${needed}; there is no go on the PATH.`)
  }
  const args = ['env', 'GOVERSION']
  const program = { path: go, args, env: { ...env, GOTOOLCHAIN: env.GOTOOLCHAIN ?? 'local' } }
  const { lines } = await runProgram(program, { timeoutMs: 20_000 })
  const found = /^go(\d+\.\d+)/m.exec(lines.join('\n'))?.[1]
  if (found !== undefined && !isOlder(found, recipe.goVersionMin)) return go
  const said = found === undefined ? lines.join(' ').slice(0, 200) : `Go ${found}`
  throw engineError('ENGINE_TOOLCHAIN_MISSING', `${needed}; ${go} is ${said}.`)
}

function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [majorMin = 0, minorMin = 0] = than.split('.').map(Number)
  return major < majorMin || (major === majorMin && minor < minorMin)
}
