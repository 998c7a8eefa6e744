/** What came out of one step of `npm test`, or of all of them. */
export type Tally = {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Names of what failed. */
  readonly failures: readonly string[]
  /** Names of what was skipped, with the reason given. */
  readonly skips: readonly string[]
}

/** A step that is one check in itself, such as the compiler. */
export function tallyOfCheck(name: string, ok: boolean): Tally {
  const failures = ok ? [] : [name]
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0, failures, skips: [] }
}

/**
 * Counts of a finished run of node:test, read from its TAP output. A run that broke off before
 * its own summary, or that failed outside any test, counts as one failure named `step`.
 */
export function tallyOfTap(step: string, tap: string, exitCode: number | null): Tally {
  const count = (name: string) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(tap)?.[1] ?? 0)
  const failed = count('fail') + count('cancelled')
  const complete = /^# duration_ms /m.test(tap)
  const failures = [...tap.matchAll(/^ *not ok \d+ - (.*)$/gm)].map(([, name]) => name ?? '')
  const skips = [...tap.matchAll(/^ *ok \d+ - (.*) # (SKIP.*)$/gm)]
  const tally = {
    passed: count('pass'),
    failed,
    // Of a suite that is skipped as a whole node:test counts nothing.
    skipped: Math.max(count('skipped'), skips.length) + count('todo'),
    failures: [...new Set(failures)],
    skips: skips.map(([, name, reason]) => `${name}: ${reason?.replace(/^SKIP ?/, '')}`),
  }
  if (complete && (exitCode === 0) === (failed === 0)) return tally
  const how = complete ? 'failed outside its tests' : 'broke off'
  const broken = `${step} (${how}: exit code ${exitCode})`
  return { ...tally, failed: failed + 1, failures: [...tally.failures, broken] }
}

/** The sum over all steps. */
export function sumOf(tallies: readonly Tally[]): Tally {
  const total = (pick: (tally: Tally) => number) =>
    tallies.reduce((sum, tally) => sum + pick(tally), 0)
  return {
    passed: total((tally) => tally.passed),
    failed: total((tally) => tally.failed),
    skipped: total((tally) => tally.skipped),
    failures: tallies.flatMap((tally) => tally.failures),
    skips: tallies.flatMap((tally) => tally.skips),
  }
}

/** The summary for people; its last line is what other programs read. */
export function formatTally(tally: Tally): string {
  return [
    ...tally.skips.map((skip) => `skipped  ${skip}`),
    ...tally.failures.map((failure) => `FAILED   ${failure}`),
    `${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`,
  ].join('\n')
}
