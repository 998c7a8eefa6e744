import type { UpstreamHealth } from './upstream.ts'

/** How far behind the others one may be, in blocks, and still be asked. */
const lagMax = 2
/** Further ahead of most of the others nobody is who tells the truth. */
const aheadMax = 100

export type Rated<T> = { readonly upstream: T; readonly health: UpstreamHealth }

/** The height that most have reached. Of two the lower one: one of them may be wrong. */
export function commonHeight(rated: readonly Rated<unknown>[]): number {
  const heights = rated.map(({ health }) => health.height).toSorted((a, b) => b - a)
  return heights[Math.floor(heights.length / 2)] ?? 0
}

/** Those that claim blocks that nobody else has; told only where most say otherwise. */
export function tooFarAhead<T>(rated: readonly Rated<T>[]): T[] {
  if (rated.length < 3) return []
  const limit = commonHeight(rated) + aheadMax
  return rated.filter(({ health }) => health.height > limit).map(({ upstream }) => upstream)
}

/** Whom to ask, in this order: those that are not behind, the fastest first. */
export function askInOrder<T>(rated: readonly Rated<T>[]): T[] {
  const height = commonHeight(rated)
  return rated
    .filter(({ health }) => health.height >= height - lagMax)
    .toSorted((a, b) => a.health.latencyMs - b.health.latencyMs)
    .map(({ upstream }) => upstream)
}

/** Who says something else than most; where as many say either, than the first of the list. */
export function dissenters<T>(
  said: readonly { readonly upstream: T; readonly hash: string }[],
): T[] {
  const votes = new Map<string, number>()
  for (const { hash } of said) votes.set(hash, (votes.get(hash) ?? 0) + 1)
  const [most] = [...votes].toSorted(([, a], [, b]) => b - a)
  return said.filter(({ hash }) => hash !== most?.[0]).map(({ upstream }) => upstream)
}
