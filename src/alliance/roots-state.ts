import { readObject, type StateReader } from '../ledger/state/state-view.ts'

export const rootsKey = 'roots'

/** Whose certificates gateways of the alliance have. */
export type Roots = {
  /** Name of the city node that issues them. */
  readonly issuer: string
  /** Certificates in DER that they are trusted by, the present issuer's first. */
  readonly roots: readonly Uint8Array[]
  readonly version: number
}

/** Undefined where the alliance has none. */
export function readRoots(state: StateReader): Roots | undefined {
  const object = readObject(state, rootsKey)
  const list = object?.get('roots')
  if (!object || !Array.isArray(list)) return undefined
  const roots = list.flatMap((one) => (one instanceof Uint8Array ? [one] : []))
  return { issuer: String(object.get('issuer')), roots, version: Number(object.get('version')) }
}
