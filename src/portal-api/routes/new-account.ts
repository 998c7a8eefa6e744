import { randomUUID } from 'node:crypto'
import { CodedError } from '@openbsn/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { normalPassword } from '../password-rules.ts'
import { type Role, roleOf } from '../rights.ts'
import type { Invitation } from '../store/portal-store.ts'
import { hashOf } from '../tokens.ts'
import { limited, type RouteDeps } from './route-deps.ts'

export type NewAccount = {
  readonly name: string
  readonly email: string
  readonly password: string
}

type Asking = {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly account: NewAccount
}

/**
 * Makes an account, signs it in, and gives its id to `use`. Where that fails there is no account
 * afterwards: half of one would keep its e-mail, and its owner out.
 * @throws ACCOUNT_EXISTS, REQUEST_INVALID, and what `use` throws
 */
export async function withNewAccount<T>(
  { request, reply, account }: Asking,
  { accounts, sessions }: RouteDeps,
  use: (user: string) => Promise<T>,
): Promise<T> {
  const origin = sessions.originOf(request)
  const { name, email, password } = account
  const body = { name: name.trim(), email, password: normalPassword(password) }
  const call = { request, reply, origin, isAsSender: false, body }
  const { user } = (await accounts.call('signUpEmail', call)) as { user: { id: string } }
  try {
    return await use(user.id)
  } catch (error) {
    reply.removeHeader('set-cookie')
    const { internalAdapter } = await (await accounts.auth(origin)).$context
    await internalAdapter.deleteUser(user.id)
    throw error
  }
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
  return limited(deps, { request }, async () =>
    good(await store.findInvitation(hashOf(token), deps.clock.nowSeconds())),
  )
}

function good(found: Invitation | undefined): Invitation {
  if (found) return found
  const message = 'The invitation was used, taken back or is over, or was never one.'
  throw new CodedError('INVITATION_LINK_INVALID', message)
}

type Join = { readonly organisation: string; readonly role: Role }

type Taking = {
  readonly token: string
  /** Calls `join` with the id of whoever becomes a member. */
  readonly take: (join: (user: string) => Promise<Join>) => Promise<Join>
}

/**
 * Uses an invitation up. What fails leaves it as it was.
 * @throws INVITATION_LINK_INVALID, and what `take` throws
 */
export async function takeInvitation(
  request: FastifyRequest,
  deps: RouteDeps,
  { token, take }: Taking,
): Promise<Join> {
  const { store } = await deps.accounts.open()
  const taken = await limited(deps, { request }, async () =>
    good(await store.takeInvitation(hashOf(token), deps.clock.nowSeconds())),
  )
  const joined = { organisation: taken.organisation, role: roleOf(taken.role) }
  try {
    return await take(async (userId) => {
      const body = { userId, organizationId: joined.organisation, role: joined.role }
      const origin = deps.sessions.originOf(request)
      await deps.accounts.call('addMember', { request, origin, isAsSender: false, body })
      return joined
    })
  } catch (error) {
    await store.putInvitation(hashOf(token), taken)
    throw error
  }
}
