import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { requirePassword } from '../password-rules.ts'
import { accountsSetting, markAccounts, setupSeconds } from '../setup-link.ts'
import { hashOf } from '../tokens.ts'
import { newOrganisation, takeInvitation, withNewAccount } from './new-account.ts'
import { limited, type RouteDeps } from './route-deps.ts'
import { Body, Email, Password, PersonName, problems, SignedIn, Token } from './schemas.ts'

const NewAccount = { name: PersonName, email: Email, password: Password }
const Setup = Body({ ...NewAccount, token: Token, organisation: PersonName })
const SignUp = Body({ ...NewAccount, token: Token })

const tags = ['accounts']
const setupSchema = {
  operationId: 'setUp',
  tags,
  summary: 'The first account, by the setup link, from the machine itself.',
  description:
    'It is administrator of the node, and owner of the first organisation. The link works once, ' +
    'for 30 minutes, from loopback; `bsn portal setup` prints a new one while there is no account.',
  body: Setup,
  response: { 201: SignedIn, ...problems },
}
const signUpSchema = {
  operationId: 'signUp',
  tags,
  summary: 'An account by an invitation, which makes it a member of an organisation.',
  body: SignUp,
  response: { 201: SignedIn, ...problems },
}

/** The ways to a new account: the setup link, and invitations. */
export const setupRoutes: FastifyPluginAsyncTypebox<RouteDeps> = async (app, deps) => {
  app.post('/setup', { schema: setupSchema }, async (request, reply) => {
    await setUp({ request, reply, body: request.body }, deps)
    return reply.code(201).send({ state: 'signed-in' as const })
  })
  app.post('/sign-up', { schema: signUpSchema }, async (request, reply) => {
    const { token, ...account } = request.body
    requirePassword(account.password, [account.name, account.email])
    await takeInvitation(request, deps, {
      token,
      take: (join) => withNewAccount({ request, reply, account }, deps, join),
    })
    return reply.code(201).send({ state: 'signed-in' as const })
  })
}

type SettingUp = {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly body: Static<typeof Setup>
}

/** @throws LOOPBACK_ONLY, SETUP_DONE, SETUP_LINK_INVALID, PASSWORD_REFUSED */
async function setUp({ request, reply, body }: SettingUp, deps: RouteDeps): Promise<void> {
  const { token, organisation, ...account } = body
  if (!deps.isLocal(request)) {
    throw new CodedError('LOOPBACK_ONLY', 'The portal is set up on the machine that it runs on.')
  }
  requirePassword(account.password, [account.name, account.email])
  await requireNobody(request, deps)
  const { store } = await deps.accounts.open()
  await limited(deps, { request }, async () => {
    if (await store.takeSetup(hashOf(token), deps.clock.nowSeconds())) return
    const message = 'The setup link was used, is too old, or was never one.'
    throw new CodedError('SETUP_LINK_INVALID', message)
  })
  const auth = await deps.accounts.auth(deps.sessions.originOf(request))
  const { internalAdapter } = await auth.$context
  try {
    await withNewAccount({ request, reply, account }, deps, async (user) => {
      await internalAdapter.updateUser(user, { administrator: true })
      await newOrganisation(request, deps, { name: organisation, owner: user })
      await markAccounts(store)
    })
  } catch (error) {
    // What failed was not the link's fault.
    await store.putSetup(hashOf(token), deps.clock.nowSeconds() + setupSeconds)
    throw error
  }
}

/** A setup that was cut short may have left an account. @throws SETUP_DONE */
async function requireNobody(request: FastifyRequest, { accounts, sessions }: RouteDeps) {
  const { store, tables } = await accounts.open()
  const isMarked = (await store.setting(accountsSetting)) !== undefined
  if (!isMarked) {
    // The library makes its tables when it is loaded.
    await accounts.auth(sessions.originOf(request))
    if (!(await tables.selectFrom('user').select('id').limit(1).executeTakeFirst())) return
    await markAccounts(store)
  }
  throw new CodedError('SETUP_DONE', 'The portal has an account already.')
}
