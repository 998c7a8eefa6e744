import { randomUUID } from 'node:crypto'
import { CodedError } from '@openbsn/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { normalPassword } from '../password-rules.ts'
import { isRole, type Role } from '../rights.ts'
import type { Invitation } from '../store/portal-store.ts'
import { hashOf } from '../tokens.ts'
import { limited, type RouteDeps } from './route-deps.ts'

export type NewAccount = {
  readonly name: string
  readonly email: string
  readonly password: string
}

/** Makes an account and signs it in; its id. @throws ACCOUNT_EXISTS, REQUEST_INVALID */
export async function newAccount(
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  { accounts, sessions }: RouteDeps,
  { name, email, password }: NewAccount,
): Promise<string> {
  const origin = sessions.originOf(request)
  const body = { name: name.trim(), email, password: normalPassword(password) }
  const call = { request, reply, origin, isAsSender: false, body }
  const { user } = (await accounts.call('signUpEmail', call)) as { user: { id: string } }
  return user.id
}

/** Makes an organisation; its id. */
export async function newOrganisation(
  request: FastifyRequest,
  { accounts, sessions }: RouteDeps,
  { name, owner }: { readonly name: string; readonly owner: string },
): Promise<string> {
  const origin = sessions.originOf(request)
  // The library wants a short name of its own for each; ours are known by their ids.
  const body = { name: name.trim(), slug: randomUUID(), userId: owner }
  const call = { request, origin, isAsSender: false, body }
  const { id } = (await accounts.call('createOrganization', call)) as { id: string }
  return id
}

/** That there is such an invitation, without using it. @throws INVITATION_LINK_INVALID */
export async function requireInvitation(
  request: FastifyRequest,
  deps: RouteDeps,
  token: string,
): Promise<Invitation> {
  const { store } = await deps.accounts.open()
  return limited(deps, { request }, async () => {
    const found = await store.findInvitation(hashOf(token), deps.clock.nowSeconds())
    if (found) return found
    const message = 'The invitation was used, taken back or is over, or was never one.'
    throw new CodedError('INVITATION_LINK_INVALID', message)
  })
}

type Join = { readonly organisation: string; readonly role: Role }

/**
 * Uses an invitation up, for whoever `makeUser` gives. What fails leaves it as it was.
 * @throws INVITATION_LINK_INVALID, and what `makeUser` throws
 */
export async function takeInvitation(
  request: FastifyRequest,
  deps: RouteDeps,
  { token, makeUser }: { readonly token: string; readonly makeUser: () => Promise<string> },
): Promise<Join> {
  await requireInvitation(request, deps, token)
  const { store } = await deps.accounts.open()
  const taken = await store.takeInvitation(hashOf(token), deps.clock.nowSeconds())
  if (!taken) throw new CodedError('INVITATION_LINK_INVALID', 'The invitation was used just now.')
  try {
    const role = isRole(taken.role) ? taken.role : 'auditor'
    const body = { userId: await makeUser(), organizationId: taken.organisation, role }
    const origin = deps.sessions.originOf(request)
    await deps.accounts.call('addMember', { request, origin, isAsSender: false, body })
    return { organisation: taken.organisation, role }
  } catch (error) {
    await store.putInvitation(hashOf(token), taken)
    throw error
  }
}
