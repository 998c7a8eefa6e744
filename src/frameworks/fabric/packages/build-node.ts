import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type BuildPlace, runStep } from './build-steps.ts'
import { packageError } from './errors.ts'
import type { NodeKind } from './package-kind.ts'
import { smallText } from './small-text.ts'
import { stripModules } from './strip-modules.ts'
import { requireRegistry, type Tool } from './toolchain.ts'

/** What was found in a contract that was built. */
export type BuiltNode = {
  /** What it can be asked for; undefined where it does not say. */
  readonly functions: readonly string[] | undefined
}

/**
 * Builds a contract for Node in the folder of its package: what its lock file names, its
 * JavaScript, and nothing that only the build needs. npm, which alone has a network, runs no
 * script; compiler and contract, which are the publisher's, have none.
 * @throws PACKAGE_BUILD_FAILED, PACKAGE_BUILD_STOPPED, PACKAGE_TOOL_MISSING
 */
export async function buildNode(kind: NodeKind, place: BuildPlace, npm: Tool): Promise<BuiltNode> {
  requireRegistry('npm', npm)
  const settings = {
    npm_config_cache: join(place.cache, 'npm'),
    npm_config_registry: npm.registry,
    npm_config_userconfig: '/dev/null',
    // It takes no file for both, and this one is not there.
    npm_config_globalconfig: join(place.cache, 'no-npmrc'),
    npm_config_ignore_scripts: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
    npm_config_fetch_retry_mintimeout: '1000',
    // A dependency from a repository would have its own programs run.
    npm_config_git: '/bin/false',
  }
  const ci = { args: ['ci', '--ignore-scripts'], isTrusted: true, hasNetwork: true }
  const fetching = 'npm fetches what the lock file names'
  await runStep(place, { name: fetching, tool: npm, env: settings, ...ci })
  const node = { path: process.execPath, args: [], readable: [process.execPath], trust: {} }
  const own = { tool: node, env: {}, isTrusted: false }
  if (kind.isTypeScript) {
    const args = [join(place.source, 'node_modules/typescript/bin/tsc'), '--project', '.']
    await runStep(place, { name: 'TypeScript compiles', ...own, args })
  }
  const prune = { args: ['prune', '--omit=dev', '--ignore-scripts', '--offline'], isTrusted: false }
  const apart = { ...settings, npm_config_cache: '/tmp/npm' }
  const name = 'npm removes what only the build needs'
  await runStep(place, { name, tool: npm, env: apart, ...prune })
  await stripModules(join(place.source, 'node_modules'))
  if (kind.style === 'shim') return { functions: undefined }
  return { functions: await describe(place, own) }
}

const described = 'openbsn-metadata.json'
/** Of these bytes V8 reserves a half for code. */
const loadLimits = { memoryBytes: 1024 * 1024 * 1024, stepTimeoutMs: 60_000 }

/** Loads the contract once, so that one that cannot be loaded is known now. */
async function describe(
  place: BuildPlace,
  own: Pick<Parameters<typeof runStep>[1], 'tool' | 'env' | 'isTrusted'>,
): Promise<readonly string[]> {
  const { source } = place
  const file = join(source, described)
  await rm(file, { recursive: true, force: true })
  const program = join(source, 'node_modules/fabric-shim/cli.js')
  const bounds = ['--permission', `--allow-fs-read=${source}`, `--allow-fs-write=${file}`]
  const args = [...bounds, program, 'metadata', 'generate', '--file', file, '--module-path', source]
  const name = 'the contract is loaded and says what functions it has'
  try {
    await runStep(place, { name, ...own, args, limits: loadLimits })
    return functionsIn((await smallText(file)) ?? '')
  } finally {
    await rm(file, { recursive: true, force: true })
  }
}

type Described = {
  readonly contracts: Readonly<
    Record<string, { readonly transactions: readonly { readonly name: unknown }[] }>
  >
}

/** A contract of others may say anything of itself. */
const names = { countMax: 200, lengthMax: 100 }

/** Of the first contract as they are called; of others with the name of the contract before. */
function functionsIn(text: string): readonly string[] {
  try {
    const { contracts } = JSON.parse(text) as Described
    const own = Object.entries(contracts).filter(([name]) => name !== 'org.hyperledger.fabric')
    const all = own.flatMap(([contract, { transactions }], place) =>
      transactions.map(({ name }) => `${place === 0 ? '' : `${contract}:`}${name}`),
    )
    return all.filter(({ length }) => length <= names.lengthMax).slice(0, names.countMax)
  } catch (cause) {
    const message = 'The build failed while the contract is loaded: it does not say what it is.'
    const details = { step: 'the contract is loaded' }
    throw packageError('PACKAGE_BUILD_FAILED', message, { cause, details })
  }
}
