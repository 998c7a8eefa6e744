import { sha256 } from '#sha256'
import { lie } from '../answer-checks.ts'
import { concat, equalBytes, fromHex, fromUtf8, toHex, utf8 } from '../bytes.ts'
import type {
  CommittedCall,
  ContractArgs,
  ContractUser,
  ContractWriteOptions,
  SentCall,
} from '../contract-types.ts'
import { CodedError, isCodedError } from '../errors.ts'
import { idempotencyActId } from '../idempotency.ts'
import { type AskJson, answerError, parseJson } from '../json-send.ts'
import { withRequest } from '../keyed-write.ts'
import { newIdempotencyKey } from '../records-client.ts'
import type { Signer } from '../signer.ts'
import type { AnswerCheck } from '../try-gateway.ts'
import { certificateRequest } from './certificate-request.ts'
import { readEndorsed } from './endorsed-call.ts'
import { publicKeyOfPem } from './pem.ts'
import { type MadeProposal, makeProposal } from './proposal.ts'
import { field } from './protobuf.ts'
import { fabricSignature, requireFabricKey } from './signature.ts'

/** A call in a user's own name. */
export type UserCall = {
  readonly contract: string
  readonly function: string
  readonly args: ContractArgs
}

type Answer = {
  readonly state?: unknown
  readonly transaction?: unknown
  readonly payload?: unknown
}
type Sent = CommittedCall<SentCall>
type ShownUser = Omit<ContractUser, 'certificate' | 'signer'> & {
  readonly commonName: string
  readonly certificate?: string
}

export type UserCallsDeps = {
  /** Milliseconds since 1970: it stands in what is signed. */
  readonly nowMs: () => number
  /** Sends what was signed, and waits until it is in a block. */
  readonly write: (path: string, body: object, options: ContractWriteOptions) => Promise<object>
}

/** So often a call is made again that read what another one changed, as nodes do that sign. */
const attemptsMax = 5

/** What users on Fabric do in their own names. @throws nothing; its methods do */
export function createUserCalls(ask: AskJson, base: string, { nowMs, write }: UserCallsDeps) {
  /** @throws GATEWAY_LIES where what is to be signed is not what was proposed */
  async function endorse(proposal: MadeProposal, signal?: AbortSignal): Promise<Answer> {
    const body = { proposal: `0x${toHex(proposal.signed)}` }
    const given = { body, check: checkOf(proposal), ...(signal ? { signal } : {}) }
    return ask<Answer>(`${base}/proposals`, { method: 'POST', ...given })
  }

  async function propose(user: ContractUser, call: UserCall, nonce: Uint8Array) {
    const { signer, ...names } = user
    const called = { ...call, args: textsOf(call.args), transient: {} }
    return makeProposal({ ...names, ...called, nonce, nowMs: nowMs() }, signer)
  }

  async function sendOnce(
    proposal: MadeProposal,
    { signer }: ContractUser,
    { signal, waitMs }: ContractWriteOptions,
  ): Promise<Sent> {
    const { transaction } = proposal
    const answer = await endorse(proposal, signal)
    if (answer.state === 'committed') return committedIn(answer)
    const payload = payloadIn(answer)
    const result = fromUtf8(readEndorsed(payload, proposal))
    const signature = await fabricSignature(signer, payload)
    const raw = `0x${toHex(concat(field(1, payload), field(2, signature)))}`
    const patience = waitMs === undefined ? {} : { waitMs }
    const options = { idempotencyKey: transaction, ...patience, ...(signal ? { signal } : {}) }
    const written = (await write(`${base}/transactions`, { raw }, options)) as Sent
    if (written.transaction !== transaction) throw answerError('about another transaction')
    return { ...written, ...(result ? { result } : {}) }
  }

  return {
    async enroll(name: string, signer: Signer): Promise<ContractUser> {
      requireFabricKey(signer)
      const path = `${base}/users/${encodeURIComponent(name)}`
      const shown = await ask<ShownUser>(path)
      const { commonName, mspId, channel, certificate } = shown
      const isOwn = (pem: string) => equalBytes(publicKeyOfPem(pem).raw, signer.key.raw)
      if (certificate !== undefined && isOwn(certificate)) {
        return { name, mspId, channel, certificate, signer }
      }
      const request = await certificateRequest(commonName, signer)
      const made = await ask<ContractUser>(path, { method: 'PUT', body: { request } })
      if (!isOwn(made.certificate)) throw answerError('with a certificate of another key')
      return { name, mspId, channel, certificate: made.certificate, signer }
    },

    async send(user: ContractUser, call: UserCall, options: ContractWriteOptions): Promise<Sent> {
      const { idempotencyKey = newIdempotencyKey() } = options
      for (let attempt = 1; ; attempt++) {
        const proposal = await propose(user, call, nonceOf(idempotencyKey, attempt))
        try {
          return await sendOnce(proposal, user, options)
        } catch (error) {
          if (!isCodedError(error)) throw error
          const isAgain = error.code === 'TRANSACTION_CONFLICT' && attempt < attemptsMax
          if (!isAgain) throw withRequest(error, proposal.transaction)
        }
      }
    },

    async call(user: ContractUser, call: UserCall): Promise<string> {
      const proposal = await propose(user, call, nonceOf(newIdempotencyKey(), 0))
      const result = readEndorsed(payloadIn(await endorse(proposal)), proposal)
      return fromUtf8(result) ?? ''
    },
  }
}

function committedIn(answer: Answer): Sent {
  const { state: _, ...committed } = answer as Answer & Sent
  return { ...committed, request: committed.transaction }
}

/** Contracts take text: what is none goes to them as JSON. @throws ARGUMENT_INVALID */
function textsOf(args: UserCall['args']): string[] {
  if (!Array.isArray(args)) {
    throw new CodedError('ARGUMENT_INVALID', 'Arguments of contracts of Fabric are a list.')
  }
  return args.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
}

/** A gateway that would have something else signed is left for the next. */
const checkOf =
  (proposal: MadeProposal): AnswerCheck =>
  async (body, from) => {
    try {
      const answer = parseJson<Answer>(body)
      if (answer.transaction !== proposal.transaction && answer.state === 'endorsed') {
        throw answerError('about another transaction')
      }
      if (answer.state !== 'committed') readEndorsed(payloadIn(answer), proposal)
    } catch (error) {
      throw isCodedError(error) ? lie(from, error.message, error) : error
    }
  }

function payloadIn({ payload }: Answer): Uint8Array {
  const bytes = typeof payload === 'string' ? fromHex(payload.replace(/^0x/, '')) : undefined
  if (bytes) return bytes
  throw answerError('without a payload')
}

/** 24 bytes: the same key and attempt of a user has one effect. */
function nonceOf(idempotencyKey: string, attempt: number): Uint8Array {
  const named = concat(idempotencyActId(idempotencyKey), utf8(`user-call ${attempt}`))
  return sha256(named).slice(0, 24)
}
