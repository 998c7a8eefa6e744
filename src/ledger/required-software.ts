import { CodedError } from '@openbsn/sdk'
import { readObject, type StateReader } from './state/state-view.ts'

/** Where the state keeps what nodes must run: [version, height from which on], in order. */
export const softwareKey = 'software'

/**
 * A node that is older than the members decided must not make or follow the block at `height`: it
 * would go by rules that are over, and come to another state than the others.
 * @throws SOFTWARE_TOO_OLD
 */
export function requireSoftware(state: StateReader, height: number, own: string): void {
  requireVersion(neededSoftware(state, height), { height, own })
}

/** The version that nodes must have for the block at `height`; undefined where none was decided. */
export function neededSoftware(state: StateReader, height: number): string | undefined {
  const versions = readObject(state, softwareKey)?.get('versions')
  if (!Array.isArray(versions)) return undefined
  const steps = versions.map((step) => (Array.isArray(step) ? step : []))
  const [needed] = steps.findLast(([, from]) => Number(from) <= height) ?? []
  return typeof needed === 'string' ? needed : undefined
}

/**
 * That a version, alone or as nodes register theirs (`openbsn 0.1.0`), is good enough for the block
 * at `height`.
 * @throws SOFTWARE_TOO_OLD
 */
export function requireVersion(
  needed: string | undefined,
  { height, own: said }: { readonly height: number; readonly own: string },
): void {
  const own = said.replace(/^openbsn /, '')
  if (needed === undefined || !isBelow(own, needed)) return
  const message = `From block ${height} on nodes need OpenBSN ${needed}; this is ${own}.`
  throw new CodedError('SOFTWARE_TOO_OLD', message, { details: { needed, own } })
}

/** By the three numbers; what stands behind them, such as `-rc.1`, is not looked at. */
function isBelow(version: string, needed: string): boolean {
  const [own, other] = [version, needed].map((text) => text.split('.').map(Number.parseFloat))
  for (const place of [0, 1, 2]) {
    const [a = 0, b = 0] = [own?.[place], other?.[place]]
    if (a !== b) return a < b
  }
  return false
}
