import { CodedError } from '@openbsn/sdk'
import { BinaryWriter } from 'cosmjs-types/binary'
import { ExecTxResult, Request, Response } from 'cosmjs-types/tendermint/abci/types'

/**
 * The messages of ABCI 2.0, by the types of CometBFT 0.38: in 1.0 they are the same on the wire,
 * but for updates of validators, which are written here (ADR 0025).
 */

export type AbciMethod = Exclude<keyof Request, 'echo' | 'flush'>
export type AbciRequest<M extends keyof Request> = NonNullable<Request[M]>
export type Timestamp = AbciRequest<'finalizeBlock'>['time']
export type ExtendedVotes = AbciRequest<'prepareProposal'>['localLastCommit']['votes']

/** A validator's key (Ed25519, 32 bytes) and its power from now on; 0 removes it. */
export type PowerChange = { readonly consensusKey: Uint8Array; readonly power: number }

/** What is answered to `finalizeBlock`. */
export type Finalized = {
  readonly transactions: number
  readonly powerChanges: readonly PowerChange[]
  readonly appHash: Uint8Array
}

/** In the order of how often they come. */
const methods = [
  ...(['checkTx', 'verifyVoteExtension', 'flush', 'processProposal', 'extendVote'] as const),
  ...(['finalizeBlock', 'commit', 'prepareProposal', 'echo', 'info', 'query'] as const),
  ...(['initChain', 'listSnapshots', 'offerSnapshot', 'loadSnapshotChunk'] as const),
  ...(['applySnapshotChunk'] as const),
] satisfies (keyof Request)[]

export type DecodedRequest = {
  readonly method: (typeof methods)[number]
  readonly request: object
}

/** @throws ENGINE_PROTOCOL */
export function decodeRequest(body: Uint8Array): DecodedRequest {
  const decoded = decode(body)
  for (const method of methods) {
    const request = decoded[method]
    if (request !== undefined) return { method, request }
  }
  throw new CodedError('ENGINE_PROTOCOL', 'CometBFT asked what this version does not know.')
}

function decode(body: Uint8Array): Request {
  try {
    return Request.decode(body)
  } catch (cause) {
    throw new CodedError('ENGINE_PROTOCOL', 'CometBFT sent what is no request.', { cause })
  }
}

/** The response of a method, from what its handler returned. */
export function encodeResponse(method: keyof Request, response: unknown): Uint8Array {
  if (method === 'finalizeBlock') return encodeFinalized(response as Finalized)
  const whole: Record<string, unknown> = { [method]: response ?? {} }
  return Response.encode(Response.fromPartial(whole as never)).finish()
}

/** Field numbers of `Response` and of `FinalizeBlockResponse`, with wire type 2. */
const field = { finalizeBlock: 170, txResult: 18, validatorUpdate: 26, appHash: 42 } as const
/** Fields of `ValidatorUpdate` in CometBFT 1.0: power, key, type of the key. */
const update = { power: 16, key: 26, type: 34 } as const

function encodeFinalized({ transactions, powerChanges, appHash }: Finalized): Uint8Array {
  const writer = BinaryWriter.create()
  writer.uint32(field.finalizeBlock).fork()
  // Every transaction is taken: what became of its statements is for the ledger to say.
  const result = ExecTxResult.fromPartial({ code: 0 })
  for (let i = 0; i < transactions; i++) {
    ExecTxResult.encode(result, writer.uint32(field.txResult).fork()).ldelim()
  }
  for (const { consensusKey, power } of powerChanges) {
    writer.uint32(field.validatorUpdate).fork()
    if (power > 0) writer.uint32(update.power).int64(BigInt(power))
    writer.uint32(update.key).bytes(consensusKey)
    writer.uint32(update.type).string('ed25519')
    writer.ldelim()
  }
  writer.uint32(field.appHash).bytes(appHash)
  return writer.ldelim().finish()
}
