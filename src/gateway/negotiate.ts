type Range = { readonly type: string; readonly weight: number }

/**
 * The offered type that an Accept header (RFC 9110, section 12.5.1) prefers; the first one where
 * the header leaves it open, undefined where it allows none.
 */
export function negotiate(
  accept: string | undefined,
  offered: readonly [string, ...string[]],
): string | undefined {
  if (accept === undefined || accept === '' || accept === '*/*') return offered[0]
  const ranges = accept.split(',', 32).map(readRange)
  let best: Range | undefined
  for (const type of offered) {
    const weight = weightOf(type, ranges)
    if (weight > (best?.weight ?? 0)) best = { type, weight }
  }
  return best?.type
}

function readRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const quality = parameters.find((parameter) => parameter.startsWith('q='))
  const weight = quality === undefined ? 1 : Number(quality.slice(2))
  return { type, weight: weight >= 0 && weight <= 1 ? weight : 0 }
}

/** The most specific range that matches decides. */
function weightOf(type: string, ranges: readonly Range[]): number {
  const [kind] = type.split('/')
  for (const pattern of [type, `${kind}/*`, '*/*']) {
    const range = ranges.find((one) => one.type === pattern)
    if (range) return range.weight
  }
  return 0
}
