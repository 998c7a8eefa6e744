/** The three calls of sodium-native that we use; the package has no types of its own. */
declare module 'sodium-native' {
  const sodium: {
    readonly crypto_sign_SEEDBYTES: number
    crypto_sign_verify_detached(
      signature: Uint8Array,
      message: Uint8Array,
      publicKey: Uint8Array,
    ): boolean
    crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void
    crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void
  }
  // biome-ignore lint/style/noDefaultExport: this is how the package exports.
  export default sodium
}
