import { realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import type { Environment } from '../../../engines/go-build.ts'
import { onPath } from '../../../engines/on-path.ts'
import { runProgram } from '../../../engines/run-program.ts'
import { packageError } from './errors.ts'
import { placeOf } from './registry-proxy.ts'

/** A tool, what it has to see in order to run, and where its packages are. */
export type Tool = {
  readonly path: string
  /** Before its own arguments. */
  readonly args: readonly string[]
  readonly readable: readonly string[]
  readonly registry: string
  /** Of the registry, as `host:port`; none where it is not reached by https. */
  readonly places: readonly string[]
  /** Certificates that the operator trusts beside the system's: names and values. */
  readonly trust: Readonly<Record<string, string>>
}

const askTimeoutMs = 20_000

/**
 * npm of the operator, run by this node's own Node, with the operator's registry. Its settings and
 * secrets are not taken over: a registry that asks for a password cannot be used.
 * @throws PACKAGE_TOOL_MISSING
 */
export async function findNpm(env: Environment): Promise<Tool> {
  const found = await onPath('npm', env.PATH ?? '')
  if (found === undefined) throw missing('npm')
  const script = await realpath(found)
  const args = [script, 'config', 'get', 'registry']
  const registry = await answerOf('npm', { path: process.execPath, args, env })
  // Its libraries lie beside its folder `bin`.
  const readable = [await realpath(process.execPath), dirname(dirname(script))]
  const trust = await trustOf(env, ['NODE_EXTRA_CA_CERTS'])
  const path = process.execPath
  return { path, args: [script], readable, registry, places: placesOf([registry]), trust }
}

/**
 * Go of the operator, with the operator's proxies for modules; what would be fetched from
 * elsewhere (`direct`) is not.
 * @throws PACKAGE_TOOL_MISSING
 */
export async function findGo(env: Environment): Promise<Tool> {
  const found = await onPath('go', env.PATH ?? '')
  if (found === undefined) throw missing('go')
  const asked = { path: found, args: ['env', 'GOROOT', 'GOPROXY'], env }
  const [root = '', proxies = ''] = (await answerOf('go', asked)).split('\n')
  const registries = proxies.split(/[,|]/).filter((one) => placeOf(one) !== undefined)
  return {
    ...{ path: join(root, 'bin/go'), args: [], readable: [root] },
    ...{ registry: registries.join(','), places: placesOf(registries) },
    trust: await trustOf(env, ['SSL_CERT_FILE', 'SSL_CERT_DIR']),
  }
}

type Asked = {
  readonly path: string
  readonly args: readonly string[]
  readonly env: Environment
}

async function answerOf(name: string, asked: Asked): Promise<string> {
  const printed: string[] = []
  const { code, lines } = await runProgram(asked, {
    timeoutMs: askTimeoutMs,
    onLine: (line, from) => {
      if (from === 'stdout') printed.push(line)
    },
  })
  if (code === 0) return printed.join('\n').trim()
  throw missing(name, `: ${lines.slice(-3).join(' | ').slice(0, 300)}`)
}

/** Before something is to be fetched. @throws PACKAGE_TOOL_MISSING */
export function requireRegistry(name: string, { places }: Pick<Tool, 'places'>): void {
  if (places.length === 0) throw missing(name, ': its registry is not reached by https')
}

const placesOf = (registries: readonly string[]) => [
  ...new Set(registries.flatMap((one) => placeOf(one) ?? [])),
]

/** Those that name a file or a folder which is there. */
async function trustOf(env: Environment, names: readonly string[]) {
  const found: Record<string, string> = {}
  for (const name of names) {
    const path = env[name] ?? ''
    const isThere = isAbsolute(path) && (await stat(path).catch(() => undefined)) !== undefined
    if (isThere) found[name] = path
  }
  return found
}

const missing = (name: string, more = '') =>
  packageError('PACKAGE_TOOL_MISSING', `This node cannot run ${name}${more}.`, { retryable: true })
