import { realpath } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import type { Environment } from '../../../engines/go-build.ts'
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
  /** Where it is to have less memory than a compiler. */
  readonly memoryBytes?: number
}

/** Runs one step. @throws PACKAGE_BUILD_FAILED, PACKAGE_BUILD_STOPPED */
export async function runStep(place: BuildPlace, step: Step): Promise<void> {
  const { enclosure, limits, source, cache, proxy, signal, onLine } = place
  const { name, tool, args, env, isTrusted, hasNetwork = false } = step
  const trusted = Object.values(tool.trust).filter((path) => path && isAbsolute(path))
  const seen = await Promise.all(trusted.map((path) => realpath(path ?? '').catch(() => '')))
  const network = hasNetwork ? { HTTPS_PROXY: proxy, https_proxy: proxy, ...tool.trust } : {}
  const program = enclosure.around(
    {
      path: tool.path,
      args: [...tool.args, ...args],
      cwd: source,
      env: { PATH: usualPath, HOME: '/tmp', TMPDIR: '/tmp', ...env, ...network },
    },
    {
      name: 'build',
      readable: [...tool.readable, ...(hasNetwork ? [...trusted, ...seen] : [])].flatMap(
        (path) => path || [],
      ),
      writable: isTrusted ? [source, cache] : [source],
      hasNetwork,
      limits: { ...limits, memoryBytes: step.memoryBytes ?? limits.memoryBytes, niceness: 15 },
    },
  )
  onLine(`[openbsn] ${name}`)
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
  }, limits.stepTimeoutMs)
  const ran = await runProgram(program, { signal, timeoutMs: limits.stepTimeoutMs, onLine })
  clearTimeout(timer)
  if (signal.aborted) {
    const message = `The build was stopped while ${name}.`
    throw packageError('PACKAGE_BUILD_STOPPED', message, { retryable: true })
  }
  if (ran.code === 0) return
  const why = isLate ? ` after ${limits.stepTimeoutMs / 1000} s` : endOf(ran)
  const words = ran.lines.filter((line) => line.trim() !== '').slice(-wordsMax)
  const message = `The build failed while ${name}${why}. It said last:\n${words.join('\n')}`
  throw packageError('PACKAGE_BUILD_FAILED', message.slice(0, 4000), { details: { step: name } })
}

const usualPath = '/usr/local/bin:/usr/bin:/bin'
const wordsMax = 15

const endOf = ({ signal }: { readonly signal: string | null }) =>
  signal === null ? '' : ` (${signal}: perhaps for want of memory)`
