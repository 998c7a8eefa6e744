export { sha256 } from '#sha256'
export { type Algorithm, algorithmById, algorithmByName, algorithms } from './algorithms.ts'
export { fromBase64url, toBase64url } from './base64url.ts'
export {
  compareBytes,
  concat,
  equalBytes,
  fromHex,
  fromUtf8,
  toHex,
  utf8,
} from './bytes.ts'
export { canonicalJson } from './canonical-json.ts'
export {
  type CborErrorCode,
  type CborMap,
  type CborValue,
  encodeCbor,
  Tagged,
} from './cbor.ts'
export { CborReader, decodeCbor } from './cbor-reader.ts'
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
export * from './http-signature.ts'
export { idempotencyActId, rowActId } from './idempotency.ts'
export * from './key-bundle.ts'
export { limits } from './limits.ts'
export * from './merkle.ts'
export * from './private-payload.ts'
export * from './receipt.ts'
export { createSigner, type Signer } from './signer.ts'
export * from './state-proof.ts'
export * from './statement.ts'
export { type ReceivedWebhook, verifyWebhook, type WebhookTolerance } from './webhook.ts'
