import { createRequire } from 'node:module'
import type { NpmRecipe } from './recipes.ts'

/** Names of machines as the packages have them, where they are not Node's own. */
const archs: Readonly<Record<string, string>> = { x64: 'amd64' }

/** Where npm puts the program of an engine for this machine, whether it is there or not. */
export function npmProgram({
  packagePrefix,
  program,
}: Pick<NpmRecipe, 'packagePrefix' | 'program'>): string {
  const { platform, arch } = process
  const end = platform === 'win32' ? '.exe' : ''
  const path = `${packagePrefix}${platform}-${archs[arch] ?? arch}/bin/${program}${end}`
  try {
    return createRequire(import.meta.url).resolve(path)
  } catch {
    return path
  }
}
