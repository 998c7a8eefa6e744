import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Environment, isCodedError, type Signer } from '@openbsn/sdk'
import type { JsonObject } from '../kernel/json.ts'
import type { Arguments } from './arguments.ts'
import { fail } from './fail.ts'
import { readSecretFile } from './files.ts'
import { expectText, objectOf, parsing, signerOf, textOf } from './stored-json.ts'

/** What the administrator of a network on this machine acts with: profile.json. */
export type Profile = {
  readonly gateway: string
  readonly ledger: string
  /** Id of the sandbox; undefined where the node has none. */
  readonly sandbox: string | undefined
  readonly member: { readonly id: string; readonly signer: Signer }
}

/** The data folder: --home, BSN_HOME, or .openbsn in the user's own folder. */
export function homeOf(args: Arguments): string {
  return resolve(args.optional('home') ?? join(homedir(), '.openbsn'))
}

/** Path of the profile in a data folder. */
export function profilePath(home: string): string {
  return join(home, 'profile.json')
}

/** @throws PROFILE_NOT_FOUND, PROFILE_INVALID, SECRET_FILE_EXPOSED */
export async function readProfile(home: string): Promise<Profile> {
  const path = profilePath(home)
  const text = await readSecretFile(path).catch((error: unknown) => {
    const isAbsent = isCodedError(error) && error.code === 'FILE_NOT_FOUND'
    throw isAbsent ? fail('PROFILE_NOT_FOUND', `There is no profile in ${home}.`) : error
  })
  return parsing('PROFILE_INVALID', path, text, (document) => {
    expectText(document, 'format', 'openbsn-profile-1')
    const member = objectOf(document, 'member')
    return {
      gateway: textOf(document, 'gateway'),
      ledger: textOf(document, 'ledger'),
      sandbox: sandboxOf(document),
      member: { id: textOf(member, 'id'), signer: signerOf(member) },
    }
  })
}

function sandboxOf(document: JsonObject): string | undefined {
  return 'sandbox' in document ? textOf(objectOf(document, 'sandbox'), 'ledger') : undefined
}

/** The ledger of an environment. @throws SANDBOX_NOT_NAMED */
export function ledgerIn(profile: Profile, environment: Environment): string {
  if (environment === 'live') return profile.ledger
  if (profile.sandbox !== undefined) return profile.sandbox
  throw fail('SANDBOX_NOT_NAMED', 'The profile names no sandbox.')
}
