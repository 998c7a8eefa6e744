export { sha256 } from '#sha256'
export { type Algorithm, algorithmById, algorithmByName, algorithms } from './algorithms.ts'
export {
  compareBytes,
  concat,
  equalBytes,
  fromBase64url,
  fromHex,
  fromUtf8,
  toBase64url,
  toHex,
  utf8,
} from './bytes.ts'
export {
  type CborErrorCode,
  type CborMap,
  CborReader,
  type CborValue,
  decodeCbor,
  encodeCbor,
  Tagged,
} from './cbor.ts'
export * from './client.ts'
export {
  decodeCoseKey,
  encodeCoseKey,
  fromPem,
  type PublicKey,
  publicKey,
  thumbprint,
  toPem,
} from './cose-key.ts'
export { CodedError, isCodedError } from './errors.ts'
export * from './genesis.ts'
export * from './key-bundle.ts'
export { limits } from './limits.ts'
export * from './merkle.ts'
export * from './receipt.ts'
export { createSigner, type Signer } from './signer.ts'
export * from './state-proof.ts'
export * from './statement.ts'
