import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { normalPassword, requirePassword } from '../password-rules.ts'
import { isDangerous, rightNames, rolesWith } from '../rights.ts'
import type { Session } from '../session.ts'
import { limited, type RouteDeps } from './route-deps.ts'
import { Body, Done, done, Password, PersonName, problems, RoleName, Seconds } from './schemas.ts'

const Right = Type.Object({
  name: Type.String({ description: 'An act, such as `service-create`, or another right.' }),
  roles: Type.Array(RoleName, { description: 'The roles that have it.' }),
  isDangerous: Type.Boolean({ description: 'True where it wants a step-up.' }),
})
const Me = Type.Object({
  account: Type.Object({
    id: Type.String(),
    name: Type.String(),
    email: Type.String(),
    isAdministrator: Type.Boolean({ description: 'Of the node.' }),
    hasPassword: Type.Boolean(),
    hasTotp: Type.Boolean(),
    passkeys: Type.Integer({ description: 'How many it has.' }),
  }),
  session: Type.Object({
    expires: Seconds('When it ends, unless something is asked before.'),
    steppedUpUntil: Type.Integer({ description: 'Seconds since 1970; 0 where it did not.' }),
  }),
  needsSecondFactor: Type.Boolean({
    description: 'Whether owners and administrators must have a passkey or an authenticator.',
  }),
  organisations: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Type.String(),
      role: RoleName,
      member: Type.String({ description: 'Id of the account as a member.' }),
      may: Type.Array(Type.String(), { description: 'The rights that the role has.' }),
    }),
  ),
  rights: Type.Array(Right),
})

const tags = ['account']
const meSchema = {
  operationId: 'getMe',
  tags,
  summary: 'Who is signed in, its organisations, and what may be done there.',
  response: { 200: Me, ...problems },
}
const renameSchema = {
  operationId: 'changeMe',
  tags,
  summary: 'Gives the account another name.',
  body: Body({ name: PersonName }),
  response: { 200: Done, ...problems },
}
const passwordSchema = {
  operationId: 'changePassword',
  tags,
  summary: 'Another password. All other sessions of the account end.',
  body: Body({ present: Password, next: Password }),
  response: { 200: Done, ...problems },
}
const endOthersSchema = {
  operationId: 'endOtherSessions',
  tags,
  summary: 'Ends all sessions of the account but this one.',
  response: { 200: Done, ...problems },
}

/** The account of whoever is signed in. */
export const meRoutes: FastifyPluginAsyncTypebox<RouteDeps> = async (app, deps) => {
  const { accounts, sessions } = deps
  app.get('/me', { schema: meSchema }, async (request, reply) =>
    describe(await sessions.require(request, reply), deps),
  )
  app.patch('/me', { schema: renameSchema }, async (request, reply) => {
    const { origin } = await sessions.require(request, reply)
    const body = { name: request.body.name.trim() }
    await accounts.call('updateUser', { request, reply, origin, body })
    return done
  })
  app.post('/me/password', { schema: passwordSchema }, async (request, reply) => {
    const { origin, account } = await sessions.require(request, reply)
    const { present, next } = request.body
    requirePassword(next, [account.name, account.email])
    const body = {
      currentPassword: normalPassword(present),
      newPassword: normalPassword(next),
      revokeOtherSessions: true,
    }
    await limited(deps, { request, account: account.email }, () =>
      accounts.call('changePassword', { request, reply, origin, body }),
    )
    return done
  })
  app.post('/me/sessions/end-others', { schema: endOthersSchema }, async (request, reply) => {
    const { origin } = await sessions.require(request, reply)
    await accounts.call('revokeOtherSessions', { request, origin })
    return done
  })
}

const rights = rightNames.map((name) => {
  return { name, roles: [...rolesWith(name)], isDangerous: isDangerous(name) }
})

async function describe(session: Session, { accounts, members, options }: RouteDeps) {
  const { account, expires, id } = session
  const { store } = await accounts.open()
  const [own, passkeys, steppedUpUntil, hasPassword] = await Promise.all([
    members.of(account.id),
    members.passkeys(account.id),
    store.steppedUpUntil(id),
    members.hasPassword(account.id),
  ])
  return {
    account: { ...account, hasPassword, passkeys },
    session: { expires, steppedUpUntil },
    needsSecondFactor: options.needsSecondFactor,
    organisations: own.map((one) => {
      return { ...one, may: rightNames.filter((name) => rolesWith(name).includes(one.role)) }
    }),
    rights,
  }
}
