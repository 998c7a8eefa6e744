import { type Signer, toBase64url } from '@openbsn/sdk'
import type { Arguments } from './arguments.ts'
import type { OptionSpec } from './command.ts'
import {
  type Connection,
  chosenGateways,
  connectTo,
  environmentOf,
  gatewaysOf,
  inGroup,
} from './connection.ts'
import { readSecretFile, writeWhole } from './files.ts'
import { homeOf, ledgerIn, readProfile } from './profile.ts'
import { expectText, objectOf, parsing, signerOf, textOf } from './stored-json.ts'

/** What a member votes with, kept apart from the keys of its city nodes. */
export type MemberFile = {
  readonly gateway: string
  readonly ledger: string
  readonly id: string
}

const format = 'openbsn-member-1'

/** For acts of the alliance, by a key that may lie elsewhere than the node. */
export const memberOption = {
  as: {
    type: 'string',
    value: 'FILE',
    summary: "Act with the member's key in this file, not with the profile's",
  },
} as const satisfies Record<string, OptionSpec>

/** Readable by its owner alone. @throws FILE_EXISTS unless `force` */
export async function writeMemberFile(
  path: string,
  { gateway, ledger, id }: MemberFile,
  key: { readonly algorithm: string; readonly secret: Uint8Array },
  { force }: { readonly force: boolean },
): Promise<void> {
  const stored = { algorithm: key.algorithm, secret: toBase64url(key.secret) }
  const document = { format, gateway, ledger, id, key: stored }
  await writeWhole(path, `${JSON.stringify(document, null, 2)}\n`, { secret: true, force })
}

/** @throws MEMBER_FILE_INVALID, SECRET_FILE_EXPOSED, FILE_NOT_FOUND */
export async function readMemberFile(
  path: string,
): Promise<MemberFile & { readonly signer: Signer }> {
  const text = await readSecretFile(path)
  return parsing('MEMBER_FILE_INVALID', path, text, (document) => {
    expectText(document, 'format', format)
    return {
      gateway: textOf(document, 'gateway'),
      ledger: textOf(document, 'ledger'),
      id: textOf(document, 'id'),
      signer: signerOf(objectOf(document, 'key')),
    }
  })
}

/** Who acts for a member, and where. Nothing is asked yet. */
export type MemberActor = MemberFile & { readonly signer: Signer }

/** The member of --as, or else of the profile. @throws MEMBER_FILE_INVALID, PROFILE_* */
export async function actingMember(args: Arguments): Promise<MemberActor> {
  const file = args.optional('as')
  const actor = file === undefined ? await ofProfile(args) : await readMemberFile(file)
  const [gateway = actor.gateway] = gatewaysOf(args)
  return { ...actor, gateway, ledger: args.optional('ledger') ?? actor.ledger }
}

async function ofProfile(args: Arguments): Promise<MemberActor> {
  const profile = await readProfile(homeOf(args))
  const ledger = ledgerIn(profile, environmentOf(args))
  return { gateway: profile.gateway, ledger, ...profile.member }
}

/** As `actingMember`, with a connection. @throws MEMBER_FILE_INVALID, PROFILE_* */
export async function connectAsVoter(
  args: Arguments,
): Promise<Connection & { readonly member: { readonly id: string; readonly signer: Signer } }> {
  const { gateway, ledger, id, signer } = await actingMember(args)
  const chosen = (await chosenGateways(args, ledger)) ?? { gateway }
  return { ...connectTo(await inGroup(args, { ...chosen, ledger })), member: { id, signer } }
}
