import { stripVTControlCharacters } from 'node:util'
import type { Environment } from '../../../engines/go-build.ts'
import type { Program } from '../../../engines/guarded-child.ts'
import { runProgram } from '../../../engines/run-program.ts'
import type { Enclosure, EnclosureLimits } from './enclosure.ts'
import { packageError } from './errors.ts'
import type { Tool } from './toolchain.ts'

export type BuildLimits = Omit<EnclosureLimits, 'niceness'> & {
  /** Of one step, from start to end. */
  readonly stepTimeoutMs: number
}

/** A compiler takes hundreds of megabytes; a first build fetches and compiles some minutes. */
export const usualBuildLimits: BuildLimits = {
  memoryBytes: 3 * 1024 * 1024 * 1024,
  openFiles: 4096,
  fileBytes: 512 * 1024 * 1024,
  processes: 512,
  cpuSeconds: 900,
  stepTimeoutMs: 600_000,
}

/** How and where the steps of one build are run. */
export type BuildPlace = {
  readonly enclosure: Enclosure
  readonly limits: BuildLimits
  /** The package; what is built of it comes to be there, too. */
  readonly source: string
  /** What tools keep from build to build. Steps that run the package's own code do not see it. */
  readonly cache: string
  /** HTTPS_PROXY of the steps that fetch. */
  readonly proxy: string
  readonly signal: AbortSignal
  readonly onLine: (line: string) => void
}

export type Step = {
  /** As people read it: "the step … failed". */
  readonly name: string
  readonly tool: Pick<Tool, 'path' | 'args' | 'readable' | 'trust'>
  readonly args: readonly string[]
  readonly env: Environment
  /** Runs nothing of the package, and may therefore use the registries and the cache. */
  readonly isTrusted: boolean
  /** Fetches; only what is trusted may. */
  readonly hasNetwork?: boolean
  /** Where it is to have less than a compiler. */
  readonly limits?: Partial<BuildLimits>
}

/** Runs one step. @throws PACKAGE_BUILD_FAILED, PACKAGE_BUILD_STOPPED */
export async function runStep(place: BuildPlace, step: Step): Promise<void> {
  const { signal, onLine } = place
  const limits = { ...place.limits, ...step.limits }
  onLine(`[openbsn] ${step.name}`)
  const startMs = performance.now()
  const timeoutMs = limits.stepTimeoutMs
  const ran = await runProgram(programOf(place, step, limits), { signal, timeoutMs, onLine })
  if (signal.aborted) {
    const message = `The build was stopped while ${step.name}.`
    throw packageError('PACKAGE_BUILD_STOPPED', message, { retryable: true })
  }
  if (ran.code === 0) return
  const isLate = performance.now() - startMs >= timeoutMs
  const why = isLate ? ` for ${timeoutMs / 1000} s` : endOf(ran)
  const words = ran.lines
    .map(stripVTControlCharacters)
    .filter((line) => line.trim() !== '')
    .slice(-wordsMax)
  const message = `The build failed while ${step.name}${why}. It said last:\n${words.join('\n')}`
  const details = { step: step.name }
  throw packageError('PACKAGE_BUILD_FAILED', message.slice(0, messageMax), { details })
}

function programOf(place: BuildPlace, step: Step, limits: BuildLimits): Program {
  const { enclosure, source, cache, proxy } = place
  const { tool, args, env, isTrusted, hasNetwork = false } = step
  const way = hasNetwork ? { HTTPS_PROXY: proxy, https_proxy: proxy, ...tool.trust } : {}
  const trusted = hasNetwork ? Object.values(tool.trust) : []
  return enclosure.around(
    {
      path: tool.path,
      args: [...tool.args, ...args],
      cwd: source,
      env: { PATH: usualPath, HOME: '/tmp', TMPDIR: '/tmp', ...env, ...way },
    },
    {
      name: 'build',
      readable: [...tool.readable, ...trusted],
      writable: isTrusted ? [source, cache] : [source],
      hasNetwork,
      limits: { ...limits, niceness: 15 },
    },
  )
}

const usualPath = '/usr/local/bin:/usr/bin:/bin'
const wordsMax = 15
const messageMax = 4000

const endOf = ({ signal }: { readonly signal: string | null }) =>
  signal === null ? '' : ` (${signal}: perhaps for want of memory)`
