import { engineCache } from '../cli/engine-places.ts'

/**
 * The cache of this user, which tests share with `bsn engine install`: what takes minutes to build
 * is built once for each machine.
 */
export function userEngineCache(): string {
  return engineCache(process.env)
}

/** The environment of this user, for what builds an engine. */
export function userEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env
}
