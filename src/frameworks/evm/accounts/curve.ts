/** A signature as Ethereum has them: 64 bytes, r and s (low, EIP-2), and the parity of R's y. */
export type CurveSignature = { readonly rs: Uint8Array; readonly parity: 0 | 1 }

/** What Ethereum's accounts need of secp256k1. Digests and secrets are 32 bytes. */
export interface Curve {
  /** False for 0 and for what is not below the group's order. */
  isSecret(bytes: Uint8Array): boolean
  /** Uncompressed: 65 bytes, the first of them 4. */
  publicKey(secret: Uint8Array): Uint8Array
  /** Deterministic (RFC 6979): the same digest always has the same signature. */
  sign(digest: Uint8Array, secret: Uint8Array): CurveSignature
  /** Whose it is, uncompressed; undefined where no key can have made it. */
  recover(digest: Uint8Array, signature: CurveSignature): Uint8Array | undefined
}
