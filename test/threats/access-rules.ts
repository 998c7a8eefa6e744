import type { Scope } from '../../src/services/scopes.ts'
import type { Caller, Kind } from './tenants.ts'

/** Who may do an operation, in the words of the documentation. */
export type Rule =
  /** It shows nothing that anybody may not see. */
  | { readonly kind: 'anyone' }
  /** Who signed the statement in the body decides, whoever sends it. */
  | { readonly kind: 'signer' }
  /** Of a network, or an issuer, which the ledger of the tests is not. */
  | { readonly kind: 'absent'; readonly refusal: string; readonly nobody?: string }
  /** A credential about itself; whoever is on the machine about all. */
  | { readonly kind: 'self'; readonly refusal: string }
  /** A credential of the service with the scope, where its role has the functions. */
  | {
      readonly kind: 'credential'
      readonly scope: Scope
      readonly functions: readonly string[]
      /** Those in services of contracts, where the operation is for all kinds. */
      readonly contracts?: readonly string[]
      /** Which kinds of services it is for; all where absent. */
      readonly frameworks?: readonly Kind[]
      /** Where the service is for anyone, nobody in particular may, too. */
      readonly isOpen?: boolean
      /** Where it is, whoever asks is not looked at. */
      readonly isBlind?: boolean
      /** What is asked about `beta` has something of `alpha` in it as well. */
      readonly isMixed?: boolean
      /** Only of what the credential made itself: what others are told. */
      readonly own?: string
      /** What does as well. */
      readonly or?: { readonly scope: Scope; readonly functions: readonly string[] }
      /** Instead of ok on Fabric: services of the tests are of key-trust, and on no channel. */
      readonly onFabric?: string
    }

const anyone: Rule = { kind: 'anyone' }
const ofNetwork = { kind: 'absent', refusal: 'NETWORK_NONE' } as const
const signer: Rule = { kind: 'signer' }
const reads = (...functions: readonly string[]) => {
  const what = { scope: 'records:read', functions, isOpen: true } as const
  return { kind: 'credential', ...what, frameworks: ['records'] } as const
}
const entries = { ...reads('get', 'list', 'history'), isBlind: true } as const
const puts = { kind: 'credential', scope: 'records:write', functions: ['put'] } as const
const calls = { kind: 'credential', scope: 'records:read', functions: ['call'] } as const
const sends = { kind: 'credential', scope: 'records:write', functions: ['send'] } as const
const ofChains = { frameworks: ['evm'] } as const
/** Of chains, and of channels of Fabric. */
const ofContracts = { frameworks: ['evm', 'fabric'] } as const
const looks: Rule = { ...calls, ...ofContracts, isOpen: true }
const looksAtChain: Rule = { ...calls, ...ofChains, isOpen: true }
const asksChain: Rule = { ...calls, ...ofChains }
const sendsToChain: Rule = { ...sends, ...ofChains }
const ofUsers = { onFabric: 'KEY_MODE_DIFFERS' } as const
const certifies: Rule = { ...sends, ...ofUsers, frameworks: ['fabric'] }
const listens = { kind: 'credential', scope: 'events:read', functions: ['events'] } as const
const hooks = { kind: 'credential', scope: 'webhooks:write', functions: ['events'] } as const
const logs = { kind: 'credential', scope: 'log:read', functions: [] } as const
const ofFabric = { frameworks: ['fabric'], onFabric: 'CONTRACT_NOT_FOUND' } as const
const ownHook: Rule = { ...hooks, own: 'WEBHOOK_NOT_FOUND' }
const ownConsumer: Rule = { ...listens, own: 'CONSUMER_NOT_FOUND' }

/** Every operation by its id. One that is new has no rule, and fails the test until it has. */
export const rules: Readonly<Record<string, Rule>> = {
  ...{ isAlive: anyone, isReady: anyone, getMetrics: anyone, getVersion: anyone },
  ...{ getDocs: anyone, getDocsPage: anyone, getOpenapi: anyone, getBsnGatewayKey: anyone },
  ...{ getPortal: anyone, getPortalFile: anyone },
  ...{ listLedgers: anyone, getLedger: anyone, getKeys: anyone, getCheckpoint: anyone },
  // Hashes, and the state that everything is decided by; no entries.
  ...{ getReceipt: anyone, getInclusionProof: anyone, getConsistencyProof: anyone },
  ...{ getState: anyone, getHashTile: anyone },
  ...{ listServices: anyone, getService: anyone, listParticipants: anyone },
  listFrozenAccounts: anyone,
  ...{ listGroups: anyone, getGroup: anyone },
  ...{ listNodes: anyone, getNode: anyone, listAllNodes: anyone },
  ...{ getAlliance: anyone, listMembers: anyone, listProposals: anyone, getProposal: anyone },
  ...{ scittReceipt: anyone, scittKeys: anyone, scittKey: anyone },
  ...{ registerStatements: signer, scittRegister: signer },
  ...{ listEntries: entries, getEntry: entries, getEntryTile: { ...entries, isMixed: true } },
  ...{ listRecords: reads('list'), getRecord: reads('get'), getHistory: reads('history') },
  openPrivatePayload: { kind: 'credential', scope: 'records:read', functions: ['get'] },
  ...{ writeRecords: puts, getRequest: { ...puts, contracts: ['send'] }, eraseSubject: puts },
  ...{ listContracts: looks, getContract: looks },
  ...{ getTransaction: looks, getTransactionProof: looks },
  callContract: { ...calls, ...ofContracts },
  sendToContract: { ...sends, ...ofContracts },
  ...{ listContractEvents: looksAtChain, listTemplates: looksAtChain },
  ...{ getContractOpenapi: looksAtChain, getContractClient: looksAtChain },
  ...{ estimateContract: asksChain, getAccount: asksChain },
  ...{ certifyUser: certifies, getUser: { ...certifies, or: calls } },
  endorseProposal: { ...certifies, or: calls },
  deployContract: sendsToChain,
  sendTransaction: { ...sends, ...ofContracts, ...ofUsers },
  ...{ registerContract: sendsToChain, verifyContract: sendsToChain },
  compileContract: sendsToChain,
  ...{ streamEvents: listens, openEventSocket: listens },
  ...{ listConsumers: listens, acknowledgeEvents: listens, deleteConsumer: ownConsumer },
  ...{ createWebhook: hooks, listWebhooks: hooks },
  ...{ getWebhook: ownHook, changeWebhook: ownHook, deleteWebhook: ownHook },
  ...{ rotateWebhookSecret: ownHook, testWebhook: ownHook, replayWebhook: ownHook },
  ...{ listDeliveries: ownHook, listDeadLetters: ownHook, deleteDeadLetters: ownHook },
  ...{ getWebhookMessage: ownHook, listRequestLog: logs },
  getContractLog: { ...logs, ...ofFabric },
  getNetwork: anyone,
  ...{ getJoin: ofNetwork, getJoinHistory: ofNetwork, getJoinSnapshot: ofNetwork },
  joinNetwork: { ...ofNetwork, nobody: 'AUTHENTICATION_REQUIRED' },
  // By the digest that a contract is defined with: here none is.
  putPackage: { kind: 'absent', refusal: 'PACKAGE_UNWANTED' },
  issueCertificate: { kind: 'absent', refusal: 'CERTIFICATES_NONE' },
  getCredential: { kind: 'self', refusal: 'OBJECT_NOT_FOUND' },
  listCredentials: { kind: 'self', refusal: 'CREDENTIAL_SERVICE_MISMATCH' },
  listUsage: { kind: 'self', refusal: 'CREDENTIAL_SERVICE_MISMATCH' },
}

type Of<Kind extends Rule['kind']> = Extract<Rule, { readonly kind: Kind }>

/**
 * What a caller is told by an operation on a service of a kind: `ok`, or the code of a refusal.
 */
export function expected(rule: Rule, caller: Caller, target: string, kind: Kind): string {
  const told = byRight(rule, caller, target, kind)
  if (told !== 'ok') return told
  if (isOfOthers(rule, kind)) return 'FRAMEWORK_DIFFERS'
  return (kind === 'fabric' && rule.kind === 'credential' && rule.onFabric) || told
}

/** Whether an operation is for services of other kinds. */
export const isOfOthers = (rule: Rule | undefined, kind: Kind): boolean =>
  rule?.kind === 'credential' && !(rule.frameworks ?? [kind]).includes(kind)

function byRight(given: Rule, caller: Caller, target: string, kind: Kind): string {
  const isOwn = given.kind === 'credential' && given.contracts !== undefined && kind !== 'records'
  const rule = isOwn ? { ...given, functions: given.contracts } : given
  if (rule.kind === 'anyone') return 'ok'
  if (rule.kind === 'absent') {
    return caller.name === 'nobody' ? (rule.nobody ?? rule.refusal) : rule.refusal
  }
  if (rule.kind === 'signer') return ofSigner(caller, target)
  if (rule.kind === 'self') return ofSelf(rule, caller, target)
  if (!rule.isMixed || target !== 'beta') return ofCredential(rule, caller, target)
  const ofAlpha = ofCredential(rule, caller, 'alpha')
  return ofAlpha === 'ok' ? 'CREDENTIAL_SERVICE_MISMATCH' : ofAlpha
}

function ofSelf({ refusal }: Of<'self'>, { name, service, unnamed }: Caller, target: string) {
  if (name === 'nobody') return 'ok'
  if (unnamed) return unnamed
  const isSelf = refusal === 'OBJECT_NOT_FOUND' ? name === `${target}-owner` : service === target
  return isSelf ? 'ok' : refusal
}

function ofCredential(rule: Of<'credential'>, caller: Caller, target: string): string {
  const isNobody = caller.name === 'nobody'
  if (target === 'open' && (rule.isBlind || (rule.isOpen && isNobody))) return 'ok'
  if (isNobody) return 'AUTHENTICATION_REQUIRED'
  const unusable = caller.unnamed ?? caller.unusable
  if (unusable) return unusable
  if (caller.service !== target) return 'CREDENTIAL_SERVICE_MISMATCH'
  return ofRight(rule, caller) ?? (isOther(caller, target) ? rule.own : undefined) ?? 'ok'
}

function ofRight({ or, ...right }: Of<'credential'>, caller: Caller): string | undefined {
  const refusal = whyNot(right, caller)
  return refusal && or && !whyNot(or, caller) ? undefined : refusal
}

type Right = Pick<Of<'credential'>, 'scope' | 'functions'>

function whyNot({ scope, functions }: Right, caller: Caller): string | undefined {
  if (!caller.scopes.includes(scope)) return 'SCOPE_MISSING'
  const isCallable = functions.every((one) => caller.functions.includes(one))
  return isCallable ? undefined : 'NOT_ALLOWED'
}

const isOther = ({ name }: Caller, target: string) => name !== `${target}-owner`

function ofSigner({ name, service, scopes, functions, unusable }: Caller, target: string): string {
  if (service === undefined) return 'KEY_UNKNOWN'
  if (service !== target) return 'NOT_ALLOWED'
  if (name === 'alpha-replaced') return 'KEY_REPLACED'
  if (unusable) return unusable
  if (!functions.includes('put')) return 'NOT_ALLOWED'
  return scopes.includes('records:write') ? 'ok' : 'SCOPE_MISSING'
}
