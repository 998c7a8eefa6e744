import { createHash } from 'node:crypto'
import { CodedError, isCodedError } from '@openbsn/sdk'
import { fabricError } from '../../../frameworks/fabric/errors.ts'
import { isForUsers } from '../../../frameworks/fabric/transactions/read-header.ts'
import { readSignedProposal } from '../../../frameworks/fabric/transactions/read-proposal.ts'
import { type Prepared, prepareCall } from '../../../frameworks/fabric/transactions/signed-call.ts'
import type { Clock } from '../../../kernel/clock.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import type { KeyMode } from '../../../services/service-state.ts'
import type { Access } from '../../access/access.ts'
import { type FabricUsers, ownerOf } from '../../fabric-users/fabric-users.ts'
import { requireSigner } from '../../fabric-users/require-signer.ts'
import type { RpcUsage } from '../../rpc-usage.ts'
import type { Application } from './application.ts'
import type { BsnStore, ClaimedCall } from './bsn-store.ts'
import { invalid, mapIn, neededIn, textIn, textsIn } from './envelope.ts'
import { bsnError } from './errors.ts'

export type CallDeps = {
  readonly access: Pick<Access, 'whyNoMore'>
  readonly usage: Pick<RpcUsage, 'add' | 'today'>
  readonly store: BsnStore
  readonly users: FabricUsers
  readonly clock: Clock
}

/** A request that is its application's own. */
export type Asked = {
  readonly application: Application
  readonly body: JsonObject
  /** The text that its mac is over. */
  readonly signed: string
}

/** 24 bytes. Another length could hide a part of a neighbour in the text that is signed. */
const noncePattern = /^[A-Za-z0-9+/]{32}$/
/** Under which a contract finds what the user signed. */
export const evidenceName = 'bsn.signedProposal'

/**
 * Calls a contract in the name of a user whose key the gateway keeps.
 * @throws BSN_*, CONTRACT_*, FUNCTION_UNKNOWN, CALL_*, REQUEST_INVALID, and why it may not
 */
export async function callAsUser(asked: Asked, deps: CallDeps): Promise<JsonObject> {
  const { application, body, signed } = asked
  requireMode(application, 'key-trust')
  const nonceText = neededIn(body, 'nonce')
  if (!noncePattern.test(nonceText)) throw invalid('body.nonce: 24 bytes in base64.')
  const nonce = Buffer.from(nonceText, 'base64')
  const call = {
    contract: contractIn(neededIn(body, 'chainCode')),
    function: neededIn(body, 'funcName'),
    args: textsIn(body, 'args'),
    transient: mapIn(body, 'transientData'),
  }
  const right = rightsOf(application, deps)
  const user = textIn(body, 'userName')
  const by = await deps.users.identity(application, user)
  const prepared = prepareCall(application.hosted, { ...call, nonce, by })
  const made = prepared.transaction
  claim(application, { user, nonce, signed, told: made, made }, deps)
  return run(application, { prepared, right }, deps)
}

/**
 * Makes the call that a user signed, under the identity of the gateway: what orderers and peers
 * want signed beside it, the old protocol does not carry. What the user signed goes along as
 * evidence, and its hash is the nonce of the transaction, whose id so names it.
 * @throws PROPOSAL_INVALID, and as `callAsUser`
 */
export async function callBySignature(asked: Asked, deps: CallDeps): Promise<JsonObject> {
  const { application, body, signed } = asked
  requireMode(application, 'public-key-upload')
  const bytes = Buffer.from(neededIn(body, 'transData'), 'base64')
  const right = rightsOf(application, deps)
  const proposal = readSignedProposal(bytes)
  const user = requireSigner(application, proposal, deps)
  const nonce = createHash('sha256').update(proposal.bytes).digest()
  const { contract, function: name, args, transient } = proposal
  const evidence = { ...transient, [evidenceName]: bytes }
  const call = { contract: contractIn(contract), function: name, args, transient: evidence, nonce }
  const prepared = prepareCall(application.hosted, call)
  const told = proposal.transaction
  const own = { user, nonce: proposal.nonce, told, made: prepared.transaction, proposal: bytes }
  claim(application, { ...own, signed }, deps)
  return run(application, { prepared, right }, deps)
}

type Rights = { readonly query: () => void; readonly write: () => void }

/** @throws where the application may neither ask nor write now */
function rightsOf(application: Application, { access, usage }: CallDeps): Rights {
  const { served, caller, writesPerDay = Number.POSITIVE_INFINITY } = application
  const whyNot = (scope: 'records:read' | 'records:write', name: string) =>
    access.whyNoMore(caller, { served, service: caller.service, scope, function: name })
  const [query, write] = [whyNot('records:read', 'call'), whyNot('records:write', 'send')]
  if (query && write) throw new CodedError(write.code, write.detail)
  return {
    query: () => {
      if (query) throw new CodedError(query.code, query.detail)
    },
    write: () => {
      if (write) throw new CodedError(write.code, write.detail)
      if (usage.today(application).transactions < writesPerDay) return
      throw new CodedError('QUOTA_EXCEEDED', `More than ${writesPerDay} transactions today.`)
    },
  }
}

function requireMode({ service }: Application, mode: KeyMode): void {
  if (service.keyMode === mode) return
  throw bsnError('BSN_KEY_MODE', `The service is one of ${service.keyMode}.`)
}

function contractIn(name: string): string {
  if (isForUsers(name)) return name
  throw fabricError('CONTRACT_UNKNOWN', `There is no contract ${name} for users.`)
}

type Claim = Omit<ClaimedCall, 'ledger' | 'application' | 'service'>

function claim(application: Application, call: Claim, { store }: CallDeps): void {
  const { service } = application.caller
  if (store.claim({ ...ownerOf(application), service, ...call })) return
  throw bsnError('BSN_NONCE_USED', 'This request, or another one with its nonce, came before.')
}

type Run = { readonly prepared: Prepared; readonly right: Rights }

/** What writes nothing is not ordered: it would be a transaction that changes nothing. */
async function run(
  application: Application,
  { prepared, right }: Run,
  { usage }: CallDeps,
): Promise<JsonObject> {
  const { result, isQuery, submit } = await prepared.endorse()
  if (isQuery) right.query()
  else {
    right.write()
    // Counted ahead: of many at once no more are on their way than the day has left.
    usage.add(application, { calls: 0, cost: 0, transactions: 1 })
    await submit().catch((error: unknown) => {
      const mayCount = isCodedError(error) && error.code === 'CALL_FATE_UNKNOWN'
      if (!mayCount) usage.add(application, { calls: 0, cost: 0, transactions: -1 })
      throw error
    })
  }
  usage.add(application, { calls: 1, cost: 1, transactions: 0 })
  const ccData = Buffer.from(result).toString('utf8')
  // The block is not waited for, as the protocol has it: its hash and status are not known yet.
  const blockInfo = { txId: prepared.transaction, blockHash: '', status: 0 }
  return { blockInfo, ccRes: { ccCode: 200, ccData } }
}
