import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { it } from 'node:test'
import * as bsn from './bsn/index.ts'
import * as sdk from './index.ts'

/** Values of the public surface by kind, then types: a change here changes what we promise. */
const snapshot = `
bytes emptyRoot
bytes emptyStateRoot
class CborReader
class CodedError
class Tagged
function actContent
function actIdentity
function addValidator
function algorithmById
function algorithmByName
function bitAt
function canonicalJson
function carriedAct
function checkpointSigStructure
function commitPrivatePayload
function compareBytes
function concat
function contentDigest
function controlAct
function countVotes
function createClient
function createGatewayFetch
function createPortalClient
function createSigner
function decideVotes
function decodeCbor
function decodeCoseKey
function decodeGenesis
function decodeKeyBundle
function decodeReceipts
function decodeStateProof
function decodeTransactionProof
function decodeValidators
function distanceKm
function encodeAnchor
function encodeBatch
function encodeCbor
function encodeCheckpoint
function encodeCoseKey
function encodeGenesis
function encodeKeyBundle
function encodeReceipt
function encodeReceipts
function encodeSign1
function encodeStateProof
function encodeTransactionLeaf
function encodeTransactionProof
function encodeValidators
function equalBytes
function fromBase64url
function fromHex
function fromPem
function fromUtf8
function gatewayVersion
function httpAlgorithmName
function idempotencyActId
function isCodedError
function isConsistent
function isControl
function isLedgerId
function keysFromPem
function latestValidators
function leafHash
function ledgerIdOf
function listLedgers
function moduleOfAct
function newApiKey
function newIdempotencyKey
function noAnswer
function nodeAsValidator
function nodeHash
function openSign1
function parseCheckpoint
function parseReceipt
function parseStatement
function proposalDigest
function provenGateways
function publicKey
function readVote
function recountProposal
function removeValidator
function rootFromInclusion
function rootOfReceipt
function rowActId
function sha256
function sigStructure
function signControl
function signRequest
function signStatement
function signatureBase
function sm2Verifier
function splitPoint
function stateKeyHash
function stateLeafHash
function stateNodeHash
function statementIdentity
function thumbprint
function toBase64url
function toHex
function toPem
function toTransparentStatement
function utf8
function validator
function verifyAnchorSignature
function verifyCheckpoints
function verifyKeyBundle
function verifyPrivatePayload
function verifyReceipts
function verifyStateProof
function verifyTransactionProof
function verifyWebhook
function webCryptoSigner
number anchorLabel
number sign1Tag
number validatorDelay
object algorithms
object claimLabel
object headerLabel
object limits
object voteChoices
string blocksModule
string blocksRegisterType
string controlTypePrefix
string privatePayloadType
string reservedPrefix
string transactionProofType
string validatorsModule
string validatorsUpdateType
type ActName
type Algorithm
type AllianceDirectory
type AllianceObject
type ApiKey
type BlockAnchor
type CallsRow
type CborErrorCode
type CborMap
type CborValue
type Checkpoint
type CheckpointAnswer
type Claims
type Client
type ClientOptions
type CommittedCall
type CompiledSources
type ConsistencyProof
type ConsumerObject
type Consumers
type ContractAccount
type ContractArgs
type ContractCallOptions
type ContractEvent
type ContractLog
type ContractObject
type ContractRequestStatus
type ContractSendOptions
type ContractSources
type ContractStep
type ContractSummary
type ContractTemplate
type ContractTransaction
type ContractUser
type ContractWarning
type ContractWriteOptions
type Contracts
type ControlAct
type ControlFields
type ControlName
type ControlSender
type Coordinates
type CountOptions
type CredentialFields
type CredentialKeys
type CredentialObject
type CredentialsQuery
type DeployedContract
type Directory
type DirectoryQuery
type DirectorySource
type Entry
type EntryPage
type Environment
type EventsQuery
type FrameworkInfo
type FrozenAccount
type GatewayAddress
type GatewayQuestion
type GatewayTrust
type Genesis
type GroupObject
type HttpSignatureParams
type InclusionProof
type KeyBundle
type LastBlock
type LastUse
type LedgerInfo
type LedgerStatus
type LedgerSummary
type ListQuery
type ListedEntry
type LoggedBody
type LoggedRequest
type MemberObject
type NetworkObject
type NewApiKey
type NewContract
type NewPortalAccount
type NewRecord
type NewTransaction
type NewWebhook
type NodeFields
type NodeLiveness
type NodeObject
type NodesQuery
type OpenedRecord
type Outcome
type OwnService
type ParticipantObject
type ParticipantsQuery
type PortalAct
type PortalClient
type PortalClientOptions
type PortalInvitation
type PortalMe
type PortalMember
type PortalPasskey
type PortalRight
type PortalRole
type PortalState
type PrivatePayload
type ProposalObject
type ProposalText
type ProposalView
type ProposalsQuery
type PublicKey
type Receipt
type ReceivedWebhook
type RecordOutcome
type RecordPage
type RecordPlace
type Records
type RecordsQuery
type Recount
type RequestLog
type RequestLogFilter
type RequestLogPage
type RequestLogQuery
type RequestSignatureOptions
type RequestStatus
type RequestToSign
type SeenSignatures
type SentCall
type SentPackage
type ServiceEvent
type ServiceFields
type ServiceObject
type ServicesQuery
type Share
type SignInState
type SignedComponent
type Signer
type StateAnswer
type StateClaim
type StateLeaf
type StateProof
type Statement
type StatementInput
type StepUpProof
type StoredRecord
type StreamBehind
type SubjectErasure
type Tally
type TransactionLeaf
type TransactionProof
type TransportOptions
type TrustedKeys
type UsageAnswer
type UsageQuery
type UsageRow
type Validator
type Verified
type VerifiedCheckpoint
type VerifiedTransaction
type Vote
type VoteChoice
type Voter
type VotingRules
type WebAuthnAnswer
type WebAuthnOptions
type WebhookDeadLetter
type WebhookDelivery
type WebhookFilter
type WebhookMessage
type WebhookObject
type WebhookTest
type WebhookTolerance
type Webhooks
type WriteOptions
type WrittenRecord
type WrittenRecords
`

/** As above, of the client of BSN. */
const bsnSnapshot = `
function createBsnClient
type BsnAppInfo
type BsnBlock
type BsnBlockName
type BsnCall
type BsnCallResult
type BsnClient
type BsnClientOptions
type BsnEvent
type BsnLedgerInfo
type BsnNotification
type BsnTransaction
type BsnUser
`

const read = (file: string) => readFileSync(join(import.meta.dirname, file), 'utf8')

/** Types leave nothing at run time, so their names are read from the sources. */
function typeNames(entry: string): string[] {
  const index = read(entry)
  const single = [...index.matchAll(/\btype (\w+)/g)].map(([, name]) => name ?? '')
  const lists = [...index.matchAll(/^export type \{([^}]*)\}/gm)].map(([, list]) => list ?? '')
  const named = [...single, ...lists.flatMap((list) => list.match(/\w+/g) ?? [])]
  const whole = index.matchAll(/export (?:type )?\* from '\.\/([\w-]+\.ts)'/g)
  const texts = [...whole].map(([, file = '']) => read(join(dirname(entry), file)))
  const declared = texts.flatMap((text) =>
    [...text.matchAll(/^export (?:type|interface) (\w+)/gm)].map(([, name]) => name),
  )
  return [...named, ...declared.map((name) => name ?? '')].map((name) => `type ${name}`)
}

function kindOf(value: unknown): string {
  if (typeof value !== 'function') return value instanceof Uint8Array ? 'bytes' : typeof value
  return /^class\b/.test(String(value)) ? 'class' : 'function'
}

function surfaceOf(module: object, entry: string): string {
  const values = Object.entries(module).map(([name, value]) => `${kindOf(value)} ${name}`)
  return [...values, ...typeNames(entry)].sort().join('\n')
}

it('the public surface of the SDK is the one written here', () => {
  assert.equal(surfaceOf(sdk, 'index.ts'), snapshot.trim())
  assert.equal(surfaceOf(bsn, 'bsn/index.ts'), bsnSnapshot.trim())
})
