import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { type BuildPlace, runStep } from './build-steps.ts'
import { ownSources } from './own-sources.ts'
import type { GoKind } from './package-kind.ts'
import { requireRegistry, type Tool } from './toolchain.ts'

/** The program within the folder of what was built. */
export const goProgram = 'contract'

/**
 * Builds a contract in Go into `out`: one program without C. Modules are those that go.sum has the
 * hashes of, or those that come along. Go runs nothing of a package while it builds it, and has a
 * network only while it fetches. Both `out` and `temporary` are folders within the package's.
 * @throws PACKAGE_BUILD_FAILED, PACKAGE_BUILD_STOPPED, PACKAGE_TOOL_MISSING
 */
export async function buildGo(
  { isVendored }: GoKind,
  place: BuildPlace & { readonly out: string; readonly temporary: string },
  go: Tool,
): Promise<{ readonly functions: readonly string[] | undefined }> {
  const mode = isVendored ? 'vendor' : 'readonly'
  const settings = {
    GOENV: 'off',
    GOWORK: 'off',
    GOTOOLCHAIN: 'local',
    GOTELEMETRY: 'off',
    GOPATH: join(place.cache, 'go'),
    GOCACHE: join(place.cache, 'go-build'),
    // Larger than what /tmp holds inside.
    GOTMPDIR: place.temporary,
    GOVCS: '*:off',
    // Every module that takes part has its hash in go.sum, or comes along.
    GOSUMDB: 'off',
    GOFLAGS: `-mod=${mode} -trimpath -buildvcs=false -modcacherw`,
    CGO_ENABLED: '0',
  }
  const step = { tool: go, isTrusted: true }
  if (!isVendored) {
    requireRegistry('go', go)
    // What tests of others need is not asked for.
    const args = ['list', '-deps', '-f', '{{if .Standard}}{{else}}{{.ImportPath}}{{end}}', '.']
    const name = 'Go fetches what go.sum names'
    const env = { ...settings, GOPROXY: go.registry }
    await runStep(place, { name, ...step, args, env, hasNetwork: true })
  }
  const program = join(place.out, goProgram)
  const args = ['build', '-ldflags=-s -w', '-o', program, '.']
  const env = { ...settings, GOPROXY: 'off' }
  await runStep(place, { name: 'Go compiles', ...step, args, env })
  await chmod(program, 0o755)
  return { functions: await functionsIn(place.source) }
}

/** Names that fabric-contract-api-go makes functions of, as the sources have them. */
async function functionsIn(source: string): Promise<readonly string[] | undefined> {
  const method = /^func\s+\(\s*\w*\s*\*?\w+\s*\)\s+([A-Z]\w*)\s*\([^)]*TransactionContext/gm
  const names: string[] = []
  for await (const { text = '' } of ownSources(source, /(?<!_test)\.go$/)) {
    names.push(...[...text.matchAll(method)].map(([, found = '']) => found))
  }
  return names.length === 0 ? undefined : [...new Set(names)].sort()
}
