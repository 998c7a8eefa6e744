import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { requireAdministrator } from '../session.ts'
import { newOrganisation } from './new-account.ts'
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
} from './schemas.ts'

const Organisation = Type.Object({ id: Type.String(), name: Type.String() })
const Member = Type.Object({
  id: Type.String(),
  name: Type.String(),
  email: Type.String(),
  role: RoleName,
  since: Seconds('When it became one.'),
})
const MemberParams = Type.Object({
  ...OrganisationParams.properties,
  member: Type.String({ maxLength: 64, description: 'Id of the member.' }),
})

const tags = ['organisations']
const newSchema = {
  operationId: 'createOrganisation',
  tags,
  summary: 'Another organisation, whose owner is whoever makes it. For administrators of the node.',
  body: Body({ name: PersonName }),
  response: { 201: Organisation, ...problems },
}
const renameSchema = {
  operationId: 'renameOrganisation',
  tags,
  summary: 'Gives an organisation another name.',
  params: OrganisationParams,
  body: Body({ name: PersonName }),
  response: { 200: Organisation, ...problems },
}
const membersSchema = {
  operationId: 'listMembersOfOrganisation',
  tags,
  summary: 'The members of an organisation.',
  params: OrganisationParams,
  response: { 200: Type.Object({ members: Type.Array(Member) }), ...problems },
}
const roleSchema = {
  operationId: 'changeRole',
  tags,
  summary: 'Gives a member another role. Wants a step-up.',
  params: MemberParams,
  body: Body({ role: RoleName }),
  response: { 200: Done, ...problems },
}
const removeSchema = {
  operationId: 'removeMember',
  tags,
  summary: 'Takes a member out of an organisation. Wants a step-up.',
  params: MemberParams,
  response: { 200: Done, ...problems },
}

/** Organisations and who is in them. */
export const organisationRoutes: FastifyPluginAsyncTypebox<RouteDeps> = async (app, deps) => {
  const { accounts, members, sessions } = deps
  app.post('/organisations', { schema: newSchema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    requireAdministrator(session)
    const name = request.body.name.trim()
    const id = await newOrganisation(request, deps, { name, owner: session.account.id })
    return reply.code(201).send({ id, name })
  })
  const one = '/organisations/:organisation'
  app.patch(one, { schema: renameSchema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    const { organisation: id } = request.params
    await members.require(session, id, 'organisation-rename')
    const name = request.body.name.trim()
    const body = { organizationId: id, data: { name } }
    await accounts.call('updateOrganization', { request, origin: session.origin, body })
    return { id, name }
  })
  app.get(`${one}/members`, { schema: membersSchema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    const { organisation } = request.params
    await members.require(session, organisation, 'organisation-read')
    return { members: await members.list(organisation) }
  })
  app.patch(`${one}/members/:member`, { schema: roleSchema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    const { organisation, member } = request.params
    await members.require(session, organisation, 'member-role')
    const { role } = request.body
    const body = { organizationId: organisation, memberId: member, role }
    await accounts.call('updateMemberRole', { request, origin: session.origin, body })
    return done
  })
  app.delete(`${one}/members/:member`, { schema: removeSchema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    const { organisation, member } = request.params
    await members.require(session, organisation, 'member-remove')
    const body = { organizationId: organisation, memberIdOrEmail: member }
    await accounts.call('removeMember', { request, origin: session.origin, body })
    return done
  })
}
