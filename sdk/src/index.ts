export { createGatewayFetch } from '#gateway-fetch'
export { sha256 } from '#sha256'
export { type Algorithm, algorithmById, algorithmByName, algorithms } from './algorithms.ts'
export type {
  AllianceDirectory,
  AllianceObject,
  GroupObject,
  MemberObject,
  ProposalObject,
  ProposalsQuery,
  ProposalView,
} from './alliance-client.ts'
export { type NewApiKey, newApiKey } from './api-key.ts'
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
export * from './change-validators.ts'
export * from './client.ts'
export * from './client-answers.ts'
export type { ConsumerObject, Consumers } from './consumers-client.ts'
export type { ContractStep, ContractWarning } from './contract-progress.ts'
export type {
  CommittedCall,
  CompiledSources,
  ContractAccount,
  ContractArgs,
  ContractCallOptions,
  ContractEvent,
  ContractLog,
  ContractObject,
  ContractRequestStatus,
  ContractSendOptions,
  ContractSources,
  ContractSummary,
  Contracts,
  ContractTemplate,
  ContractTransaction,
  ContractUser,
  ContractWriteOptions,
  DeployedContract,
  NewContract,
  NewTransaction,
  SentCall,
} from './contract-types.ts'
export * from './control.ts'
export {
  decodeCoseKey,
  encodeCoseKey,
  fromPem,
  type PublicKey,
  publicKey,
  thumbprint,
  toPem,
} from './cose-key.ts'
export type {
  CallsRow,
  CredentialObject,
  CredentialsQuery,
  Directory,
  FrozenAccount,
  NodeLiveness,
  NodeObject,
  NodesQuery,
  ParticipantObject,
  ParticipantsQuery,
  ServiceObject,
  ServicesQuery,
  UsageAnswer,
  UsageQuery,
  UsageRow,
} from './directory-client.ts'
export { type Coordinates, distanceKm } from './distance.ts'
export { CodedError, isCodedError } from './errors.ts'
export {
  type DirectoryQuery,
  type DirectorySource,
  provenGateways,
} from './gateway-directory.ts'
export type { GatewayAddress } from './gateway-pool.ts'
export * from './genesis.ts'
export * from './http-signature.ts'
export { idempotencyActId, rowActId } from './idempotency.ts'
export * from './key-bundle.ts'
export type { LastBlock } from './last-block.ts'
export {
  type FrameworkInfo,
  type GatewayQuestion,
  gatewayVersion,
  type LedgerInfo,
  type LedgerStatus,
  type LedgerSummary,
  listLedgers,
  type NetworkObject,
} from './ledgers-client.ts'
export { limits } from './limits.ts'
export * from './merkle.ts'
export { noAnswer } from './no-answer.ts'
export {
  createPortalClient,
  type LastUse,
  type OwnService,
  type PortalClient,
  type PortalClientOptions,
  type SentPackage,
} from './portal-client.ts'
export type {
  NewPortalAccount,
  PortalAct,
  PortalInvitation,
  PortalMe,
  PortalMember,
  PortalPasskey,
  PortalRight,
  PortalRole,
  PortalState,
  SignInState,
  StepUpProof,
  WebAuthnAnswer,
  WebAuthnOptions,
} from './portal-types.ts'
export * from './private-payload.ts'
export type { GatewayTrust } from './proven-roots.ts'
export * from './receipt.ts'
export {
  type NewRecord,
  newIdempotencyKey,
  type OpenedRecord,
  type RecordOutcome,
  type RecordPage,
  type RecordPlace,
  type Records,
  type RecordsQuery,
  type RequestStatus,
  type StoredRecord,
  type SubjectErasure,
  type WriteOptions,
  type WrittenRecord,
  type WrittenRecords,
} from './records-client.ts'
export * from './recount.ts'
export type {
  LoggedBody,
  LoggedRequest,
  RequestLog,
  RequestLogFilter,
  RequestLogPage,
  RequestLogQuery,
} from './request-log-client.ts'
export * from './service-event.ts'
export { createSigner, type Signer } from './signer.ts'
export { sm2Verifier } from './sm2.ts'
export * from './state-proof.ts'
export * from './statement.ts'
export * from './tally.ts'
export * from './transaction-proof.ts'
export type { ApiKey, TransportOptions } from './transport.ts'
export { webCryptoSigner } from './web-crypto-signer.ts'
export { type ReceivedWebhook, verifyWebhook, type WebhookTolerance } from './webhook.ts'
export type {
  NewWebhook,
  WebhookDeadLetter,
  WebhookDelivery,
  WebhookFilter,
  WebhookMessage,
  WebhookObject,
  Webhooks,
  WebhookTest,
} from './webhooks-client.ts'
