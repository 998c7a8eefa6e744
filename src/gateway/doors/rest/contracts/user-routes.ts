import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { readSignedProposal } from '../../../../frameworks/fabric/transactions/read-proposal.ts'
import type { EndorsedCall } from '../../../../frameworks/fabric/user-call.ts'
import { requireSigner } from '../../../fabric-users/require-signer.ts'
import { sendProblem } from '../../../problem.ts'
import { problemResponses } from '../../problem-responses.ts'
import { ServiceParams } from '../record-schemas.ts'
import type { RestDeps } from '../rest-door.ts'
import { ask, askedBy, onFabric } from './asking.ts'
import { base, callBytesMax, schemaOf } from './route-parts.ts'
import { userOwner } from './user-owner.ts'
import {
  EndorsedProposal,
  NewProposal,
  RequestedUser,
  ShownUser,
  UserParams,
} from './user-schemas.ts'
import { committedCall, rejectionOfCall } from './write-call.ts'

/** …/users/{name}, POST …/proposals: what comes before a transaction that a user signs. */
export const userRoutes: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  await app.register(certificateRoutes, deps)
  await app.register(proposalRoute, deps)
}

const certificateRoutes: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  const path = `${base}/users/:name`
  const get = {
    ...schemaOf(
      'getUser',
      'What a user of this application is called on Fabric, with its certificate.',
      'For services of public-key-upload. Needs the function call or send.',
    ),
    params: UserParams,
    response: { 200: ShownUser, ...problemResponses },
  }
  app.get(path, { schema: get }, async (request, reply) => {
    const { name, ...place } = request.params
    const how = { right: 'either', cost: 'read' } as const
    const asked = askedBy({ request, reply, ...place, ...onFabric }, deps, how)
    return reply.send(deps.users.shown(userOwner(asked, deps), name))
  })

  const certify = {
    ...schemaOf(
      'certifyUser',
      'Has the key of a user of this application certified, on Fabric.',
      'For services of public-key-upload; the key never leaves the user. The same request again ' +
        'answers the same certificate, and a new one from 30 days before its end on. A name ' +
        'keeps its key. Needs the function send and the scope records:write.',
    ),
    params: UserParams,
    body: RequestedUser,
    response: { 200: ShownUser, ...problemResponses },
  }
  app.put(path, { schema: certify }, async (request, reply) => {
    const { name, ...place } = request.params
    const how = { right: 'send', cost: 'send' } as const
    const asked = askedBy({ request, reply, ...place, ...onFabric }, deps, how)
    const owner = userOwner(asked, deps)
    await deps.users.certificateFor(owner, name, request.body.request)
    return reply.send(deps.users.shown(owner, name))
  })
}

const proposalRoute: FastifyPluginAsyncTypebox<RestDeps> = async (app, deps) => {
  const endorse = {
    ...schemaOf(
      'endorseProposal',
      'Has a proposal endorsed that a user signed, on Fabric; nothing changes.',
      'Answers the payload of the envelope, which the user signs and sends as `raw` to ' +
        '…/transactions; look first whether it is of this proposal, as the SDK does. What is ' +
        'there already by the nonce of the proposal is told as committed. Needs call or send.',
    ),
    params: ServiceParams,
    body: NewProposal,
    response: { 200: EndorsedProposal, ...problemResponses },
  }
  // The transient data of a proposal is for the contract alone.
  const config = { requestLog: 'head' } as const
  const options = { schema: endorse, bodyLimit: callBytesMax, config }
  app.post(`${base}/proposals`, options, async (request, reply) => {
    const { params, body } = request
    const how = { right: 'either', cost: 'call' } as const
    const asked = askedBy({ request, reply, ...params, ...onFabric }, deps, how)
    const { proposal } = body
    const owner = userOwner(asked, deps)
    requireSigner(owner, readSignedProposal(Buffer.from(proposal.slice(2), 'hex')), deps)
    const said = (await ask(asked, 'endorse', { proposal })) as unknown as EndorsedCall
    reply.header('cache-control', 'no-store')
    if (said.state === 'rejected') return sendProblem(reply, rejectionOfCall(said))
    if (said.state === 'endorsed') return reply.send(said)
    return reply.send({ isRepeat: true, ...committedCall(asked, said) })
  })
}
