import { randomBytes } from 'node:crypto'
import {
  type CborMap,
  type Client,
  CodedError,
  encodeCbor,
  isCodedError,
  type Signer,
  signStatement,
  toHex,
} from '@openbsn/sdk'
import type { Clock } from '../kernel/clock.ts'
import { fail } from './fail.ts'

/** An act that changes the ledger's state. */
export type ControlAct = {
  /** The module's reserved name. */
  readonly module: string
  /** Such as `service-create`: the content type is made from it. */
  readonly act: string
  readonly payload: CborMap
}

export type ControlContext = {
  readonly client: Client
  readonly ledger: string
  readonly member: { readonly id: string; readonly signer: Signer }
  readonly clock: Clock
}

/** Ten minutes: time enough for every retry, too short to surprise anybody later. */
const lifetimeSeconds = 600

/**
 * Signs and registers one act, and returns its place in the log.
 * @throws the ledger's code where it is refused; OUTCOME_UNKNOWN with the act's id
 */
export async function submitControl(
  { module, act, payload }: ControlAct,
  { client, ledger, member, clock }: ControlContext,
): Promise<{ readonly index: number; readonly height: number }> {
  const now = clock.nowSeconds()
  const cti = new Uint8Array(randomBytes(16))
  const statement = await signStatement(
    {
      contentType: `application/vnd.openbsn.${act}+cbor`,
      claims: {
        iss: member.id,
        sub: module,
        aud: ledger,
        iat: now,
        exp: now + lifetimeSeconds,
        cti,
      },
      payload: encodeCbor(payload),
    },
    member.signer,
  )
  const [outcome] = await client.submit([statement]).catch((error: unknown) => {
    if (!isCodedError(error) || error.code !== 'OUTCOME_UNKNOWN') throw error
    const id = toHex(cti)
    const message = `The gateway stopped answering; the act's id (cti) is ${id}.`
    throw fail('OUTCOME_UNKNOWN', message, { cause: error, details: { cti: id } })
  })
  if (!outcome) throw fail('GATEWAY_ANSWER_WRONG', 'The act was not answered.')
  if (outcome.outcome === 'refused') throw new CodedError(outcome.code, outcome.detail)
  return { index: outcome.index, height: outcome.height }
}
