import { randomBytes } from 'node:crypto'
import {
  type CborMap,
  type Client,
  CodedError,
  decodeCbor,
  encodeCbor,
  fromBase64url,
  isCodedError,
  type Signer,
  signStatement,
  toHex,
} from '@openbsn/sdk'
import type { Clock } from '../kernel/clock.ts'
import type { Arguments } from './arguments.ts'
import { type Connection, connectTo, environmentOf } from './connection.ts'
import { fail } from './fail.ts'
import { homeOf, ledgerIn, type Profile, readProfile } from './profile.ts'

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

/**
 * Who acts, and through which gateway: the member of the profile in the data folder.
 * @throws PROFILE_*, SANDBOX_NOT_NAMED
 */
export async function connectAsMember(
  args: Arguments,
): Promise<Connection & Pick<Profile, 'member'>> {
  const profile = await readProfile(homeOf(args))
  const gateway = args.optional('gateway') ?? profile.gateway
  const ledger = args.optional('ledger') ?? ledgerIn(profile, environmentOf(args))
  return { ...connectTo({ gateway, ledger }), member: profile.member }
}

/** An object of the ledger's state, as the gateway has it. @throws OBJECT_NOT_FOUND */
export async function presentObject(client: Client, key: string): Promise<CborMap> {
  const { value } = await client.state(key)
  const object = value === null ? undefined : decodeCbor(fromBase64url(value) ?? new Uint8Array())
  if (object instanceof Map) return object
  throw new CodedError('OBJECT_NOT_FOUND', `There is no ${key} in this ledger.`)
}

/** For answers that are empty: a wrong name shall not look like a service without records. */
export async function requireService(client: Client, service: string): Promise<void> {
  const { value } = await client.state(`service/${service}`)
  if (value !== null) return
  throw new CodedError('SERVICE_UNKNOWN', `There is no service ${service} in this ledger.`)
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
