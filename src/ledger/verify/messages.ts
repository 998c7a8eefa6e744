/** What the verifying threads and the main one say to each other. Buffers change hands. */

export type Job = {
  readonly id: number
  /** Entries one behind the other; entry i is from offsets[i] to offsets[i + 1]. */
  readonly bytes: ArrayBuffer
  readonly offsets: Uint32Array
}

/** COSE keys by their id in hex; one that is not registered is absent. */
export type Keys = {
  readonly id: number
  readonly keys: readonly (readonly [kid: string, coseKey: Uint8Array])[]
}

/** What decides about an entry together with the state; the same for many entries. */
export type Author = {
  /** In hex. */
  readonly kid: string
  readonly contentType: string
  readonly iss: string
  readonly sub: string
  readonly aud: string
  readonly credential: string | undefined
}

/** The first entry whose form or signature is wrong, or whose key (`kid`, hex) is not known. */
export type Broken = { readonly place: number; readonly why: string; readonly kid?: string }

export type Result = Job & {
  /** `recordBytes` for each entry. */
  readonly records: ArrayBuffer
  /** Where the thread stopped; entries before that place are right. */
  readonly broken: Broken | undefined
  /** The records name these by their place. */
  readonly authors: readonly Author[]
}

export type Answer = Result | { readonly id: number; readonly needKeys: readonly string[] }

/** Leaf, identity, content (32 bytes each); iat, exp (float64, NaN for none); author; has cti. */
export const recordBytes = 120
