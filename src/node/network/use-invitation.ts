import type { DatabaseSync } from 'node:sqlite'
import { isCodedError, toHex } from '@openbsn/sdk'
import { isMarked, markInvitation } from './invitations.ts'

/** An invitation that is good, and the hash of the request that it is used for. */
export type InvitationUse = { readonly token: string; readonly request: Uint8Array }

/** Registers what a request asks for, and says so as soon as anything of it is registered. */
export type Register = (onRegistered: () => void) => Promise<void>

/** After these nothing was registered, and nothing will be. */
const leavesNothing: readonly string[] = [
  'JOIN_REFUSED',
  'LEDGER_BUSY',
  'LEDGER_NO_QUORUM',
  'LEDGER_READ_ONLY',
]

/**
 * Uses an invitation up for one request. It is given back only where surely nothing of that
 * request was registered, now or when it came before: an invitation must let no second node in
 * beside one that the network decides on later. Fails as the registering does.
 */
export function invitationUse(database: DatabaseSync) {
  // The same request again, while it is dealt with, ends as the first one does.
  const inUse = new Map<string, Promise<void>>()

  async function use({ token, request }: InvitationUse, register: Register): Promise<void> {
    let mayBeIn = isMarked(database, token)
    markInvitation(database, token, request)
    try {
      await register(() => {
        mayBeIn = true
      })
    } catch (error) {
      const isNothingIn = isCodedError(error) && leavesNothing.includes(error.code)
      if (!mayBeIn && isNothingIn) markInvitation(database, token, null)
      throw error
    }
  }

  return async (invitation: InvitationUse, register: Register): Promise<void> => {
    const name = toHex(invitation.request)
    const using = inUse.get(name) ?? use(invitation, register)
    inUse.set(name, using)
    await using.finally(() => inUse.delete(name))
  }
}
