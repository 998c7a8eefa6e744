import { lstat, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { packageError } from './errors.ts'

/**
 * Removes from a folder `node_modules` what npm notes for itself, which names the registry, and the
 * links to programs: neither is needed to run, and digests shall not differ by them.
 * @throws PACKAGE_BUILD_FAILED where it is no folder
 */
export async function stripModules(modules: string): Promise<void> {
  // Code of the publisher ran there, and may have put a link to anywhere in its place.
  const found = await lstat(modules).catch(() => undefined)
  if (!found?.isDirectory()) {
    const message = 'The build failed: it left no folder node_modules.'
    throw packageError('PACKAGE_BUILD_FAILED', message, { details: { step: 'modules' } })
  }
  for (const name of ['.package-lock.json', '.bin']) {
    await rm(join(modules, name), { recursive: true, force: true })
  }
}
