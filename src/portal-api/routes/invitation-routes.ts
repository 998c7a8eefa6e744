import { randomUUID } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import { Type } from 'typebox'
import { mayGive, roleOf } from '../rights.ts'
import { hashOf, newToken } from '../tokens.ts'
import { requireInvitation, takeInvitation } from './new-account.ts'
import type { RouteDeps } from './route-deps.ts'
import {
  Body,
  Done,
  done,
  OrganisationParams,
  PersonName,
  problems,
  RoleName,
  Seconds,
  Token,
} from './schemas.ts'

const Invitation = Type.Object({
  id: Type.String(),
  role: RoleName,
  label: Type.String({ description: 'Whom it is for, as whoever invites calls them.' }),
  invitedBy: Type.String(),
  created: Seconds('When it was made.'),
  expires: Seconds('When it ends.'),
})
const params = Type.Object({
  ...OrganisationParams.properties,
  invitation: Type.String({ maxLength: 64, description: 'Id of the invitation.' }),
})
/** A week: people are away. */
const lifetimeSeconds = 7 * 86_400

const tags = ['organisations']
const newSchema = {
  operationId: 'createInvitation',
  tags,
  summary: 'Invites somebody. The token is shown once: hand it over as /sign-up#TOKEN.',
  params: OrganisationParams,
  body: Body({ role: RoleName, label: PersonName }),
  response: {
    201: Type.Object({ ...Invitation.properties, token: Token }),
    ...problems,
  },
}
const listSchema = {
  operationId: 'listInvitations',
  tags,
  summary: 'Invitations that nobody took up so far.',
  params: OrganisationParams,
  response: { 200: Type.Object({ invitations: Type.Array(Invitation) }), ...problems },
}
const dropSchema = {
  operationId: 'withdrawInvitation',
  tags,
  summary: 'Takes an invitation back.',
  params,
  response: { 200: Done, ...problems },
}
const lookSchema = {
  operationId: 'getInvitation',
  tags: ['accounts'],
  summary: 'What an invitation is for, for whoever has its token.',
  body: Body({ token: Token }),
  response: {
    200: Type.Object({
      organisation: Type.String({ description: 'Its name.' }),
      role: RoleName,
      invitedBy: Type.String(),
      expires: Seconds('When it ends.'),
    }),
    ...problems,
  },
}
const acceptSchema = {
  operationId: 'acceptInvitation',
  tags,
  summary: 'Whoever is signed in takes an invitation up.',
  body: Body({ token: Token }),
  response: { 200: Type.Object({ organisation: Type.String(), role: RoleName }), ...problems },
}

/** Invitations: nothing is sent; whoever invites hands the link over. */
export const invitationRoutes: FastifyPluginAsyncTypebox<RouteDeps> = async (app, deps) => {
  const { accounts, clock, members, sessions } = deps
  const all = '/organisations/:organisation/invitations'
  app.post(all, { schema: newSchema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    const { organisation } = request.params
    const own = await members.require(session, organisation, 'invitation-create')
    const { role, label } = request.body
    if (!mayGive(own.role, role)) {
      throw new CodedError('ROLE_INSUFFICIENT', `As ${own.role} you make nobody ${role}.`)
    }
    const { store } = await accounts.open()
    const token = newToken()
    const created = clock.nowSeconds()
    const times = { created, expires: created + lifetimeSeconds }
    const made = { id: randomUUID(), role, label: label.trim(), invitedBy: session.account.name }
    await store.putInvitation(hashOf(token), { ...made, ...times, organisation })
    return reply.code(201).send({ ...made, ...times, token })
  })
  app.get(all, { schema: listSchema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    const { organisation } = request.params
    await members.require(session, organisation, 'invitation-list')
    const { store } = await accounts.open()
    const open = await store.invitations(organisation, clock.nowSeconds())
    const shown = open.map(({ organisation: _, ...one }) => ({ ...one, role: roleOf(one.role) }))
    return { invitations: shown }
  })
  app.delete(`${all}/:invitation`, { schema: dropSchema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    const { organisation, invitation } = request.params
    await members.require(session, organisation, 'invitation-withdraw')
    const { store } = await accounts.open()
    if (await store.dropInvitation(organisation, invitation)) return done
    throw new CodedError('INVITATION_NOT_FOUND', 'There is no open invitation with that id.')
  })
  app.post('/invitations/look', { schema: lookSchema }, async (request) => {
    const { organisation, role, invitedBy, expires } = await requireInvitation(
      request,
      deps,
      request.body.token,
    )
    const { tables } = await accounts.open()
    const found = tables.selectFrom('organization').select('name').where('id', '=', organisation)
    const name = (await found.executeTakeFirst())?.name ?? ''
    return { organisation: name, role: roleOf(role), invitedBy, expires }
  })
  app.post('/invitations/accept', { schema: acceptSchema }, async (request, reply) => {
    const { account } = await sessions.require(request, reply)
    const { token } = request.body
    const { organisation } = await requireInvitation(request, deps, token)
    if (await members.find(account.id, organisation)) {
      throw new CodedError('MEMBER_EXISTS', 'You are a member of that organisation already.')
    }
    return takeInvitation(request, deps, { token, take: (join) => join(account.id) })
  })
}
