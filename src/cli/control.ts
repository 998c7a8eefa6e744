import { randomBytes } from 'node:crypto'
import {
  type CborMap,
  type Client,
  CodedError,
  type ControlAct,
  decodeCbor,
  fromBase64url,
  isCodedError,
  type Signer,
  signControl,
  toHex,
} from '@openbsn/sdk'
import type { Clock } from '../kernel/clock.ts'
import type { Arguments } from './arguments.ts'
import type { OptionSpec } from './command.ts'
import { type Connection, chosenGateways, connectTo, environmentOf, inGroup } from './connection.ts'
import { fail } from './fail.ts'
import { readParticipantFile } from './participant-file.ts'
import { homeOf, ledgerIn, type Profile, readProfile } from './profile.ts'

export type ControlContext = {
  readonly client: Client
  readonly ledger: string
  readonly member: { readonly id: string; readonly signer: Signer }
  readonly clock: Clock
  /** How long the act may be registered; ten minutes where absent. */
  readonly lifetimeSeconds?: number
}

/** For acts that participants do as well as members. */
export const actorOption = {
  as: {
    type: 'string',
    value: 'FILE',
    summary: "Act as the participant of this file, not as the profile's member",
  },
} as const satisfies Record<string, OptionSpec>

/**
 * Who acts, and through which gateway: the member of the profile in the data folder, or the
 * participant of --as.
 * @throws PROFILE_*, PARTICIPANT_FILE_INVALID, SANDBOX_NOT_NAMED
 */
export async function connectAsMember(
  args: Arguments,
): Promise<Connection & Pick<Profile, 'member'>> {
  const profile = await actorOf(args)
  const ledger = args.optional('ledger') ?? ledgerIn(profile, environmentOf(args))
  const chosen = (await chosenGateways(args, ledger)) ?? { gateway: profile.gateway }
  const place = await inGroup(args, { ...chosen, ledger })
  return { ...connectTo(place), member: profile.member }
}

/** A participant's file names its one ledger, whatever its environment. */
async function actorOf(args: Arguments): Promise<Profile> {
  const file = args.optional('as')
  if (file === undefined) return readProfile(homeOf(args))
  const { gateway, ledger, service, id, signer } = await readParticipantFile(file)
  return { gateway, ledger, sandbox: ledger, member: { id: `${service}/${id}`, signer } }
}

/** An object of the ledger's state, as the gateway has it; undefined where there is none. */
export async function findObject(
  client: Pick<Client, 'state'>,
  key: string,
): Promise<CborMap | undefined> {
  const { value } = await client.state(key)
  const object = value === null ? undefined : decodeCbor(fromBase64url(value) ?? new Uint8Array())
  return object instanceof Map ? object : undefined
}

/** As `findObject`. @throws OBJECT_NOT_FOUND */
export async function presentObject(client: Pick<Client, 'state'>, key: string): Promise<CborMap> {
  const object = await findObject(client, key)
  if (object) return object
  throw new CodedError('OBJECT_NOT_FOUND', `There is no ${key} in this ledger.`)
}

/** For answers that are empty: a wrong name shall not look like a service without records. */
export async function requireService(
  client: Pick<Client, 'state'>,
  service: string,
): Promise<void> {
  const { value } = await client.state(`service/${service}`)
  if (value !== null) return
  throw new CodedError('SERVICE_UNKNOWN', `There is no service ${service} in this ledger.`)
}

/**
 * Signs and registers one act, and returns its place in the log.
 * @throws the ledger's code where it is refused; OUTCOME_UNKNOWN with the act's id
 */
export async function submitControl(
  act: ControlAct,
  { client, ledger, member, clock, ...lifetime }: ControlContext,
): Promise<{ readonly index: number; readonly height: number }> {
  const cti = new Uint8Array(randomBytes(16))
  const { id: iss, signer } = member
  const nowSeconds = clock.nowSeconds()
  const sender = { ledger, iss, signer, nowSeconds, cti, ...lifetime }
  return submitSigned(await signControl(act, sender), { client, cti })
}

/**
 * Registers an act that is signed already, and returns its place in the log.
 * @throws the ledger's code where it is refused; OUTCOME_UNKNOWN with the act's id
 */
export async function submitSigned(
  statement: Uint8Array,
  { client, cti }: { readonly client: Client; readonly cti: Uint8Array },
): Promise<{ readonly index: number; readonly height: number }> {
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
