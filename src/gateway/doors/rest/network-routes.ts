import { createReadStream } from 'node:fs'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError, toHex, type Validator } from '@openbsn/sdk'
import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { parseJson } from '../../../kernel/json.ts'
import type { Ledger } from '../../../ledger/ledger.ts'
import { validatorsAt } from '../../../ledger/modules/validators.ts'
import type { JoinHost } from '../../network-port.ts'
import type { ServedLedger } from '../../served-ledger.ts'
import { problemResponses } from '../problem-responses.ts'
import type { RestDeps } from './rest-door.ts'
import { Base64url, Hex, LedgerId, LedgerParams, NoQuorumSince } from './schemas.ts'

const tags = ['network']

const NetworkState = Type.Object({
  sequencer: Type.Union([Type.Literal('solo'), Type.Literal('cometbft')], {
    description: '`solo`: this node alone puts statements in order.',
  }),
  id: Type.Optional(Type.String({ description: "CometBFT's name of this node." })),
  height: Type.Integer({ description: 'Of the last block that this node has.' }),
  noQuorumSince: NoQuorumSince,
  catchingUp: Type.Boolean({ description: 'Whether this node takes in blocks that others have.' }),
  peers: Type.Array(Type.Object({ id: Type.String(), address: Type.String() }), {
    description: 'Nodes that this one is connected to.',
  }),
  validators: Type.Array(
    Type.Object({
      kid: Hex('Thumbprint of its key for blocks.'),
      power: Type.Integer({ description: 'More than two thirds in sum make a block final.' }),
      signed: Type.Boolean({ description: 'Whether it signed the last block that is final.' }),
    }),
  ),
})

const JoinAnswer = Type.Object({
  ledger: LedgerId,
  operator: Type.String({ description: 'Id of the member that invited.' }),
  peers: Type.Array(Type.String(), { description: 'Nodes to connect to: id@host:port.' }),
  initialHeight: Type.Integer({ description: 'The first block that the network decided.' }),
  height: Type.Integer({ description: 'Of the last block.' }),
  entries: Type.Integer({ description: 'How many the ledger has.' }),
  time: Type.Integer({ description: "This gateway's clock, in seconds since 1970." }),
  software: Type.Optional(
    Type.String({ description: 'The version that the members decided nodes must have, if any.' }),
  ),
  chain: Type.Optional(
    Type.Array(Type.String(), {
      description: 'After a snapshot: that block of the chain and the two after it, as JSON.',
    }),
  ),
})

const JoinBody = Type.Object(
  {
    node: Type.String({ minLength: 2, maxLength: 63, description: 'Its name in the alliance.' }),
    city: Type.String({ description: 'Where it stands.' }),
    country: Type.String({ description: 'ISO 3166-1 alpha-2.' }),
    latitude: Type.Integer({ description: 'Microdegrees, north is positive.' }),
    longitude: Type.Integer({ description: 'Microdegrees, east is positive.' }),
    software: Type.String({ description: 'What it runs.' }),
    gateway: Type.String({ description: 'URL of its gateway, as far as it is known.' }),
    peer: Type.String({ description: 'Where other nodes reach it: id@host:port.' }),
    operatorKey: Base64url('COSE_Key that the node signs with.'),
    validatorKey: Base64url('COSE_Key that it signs blocks with where it is a validator.'),
    consensusKey: Base64url('Ed25519 key that its CometBFT votes with, 32 bytes.'),
    acts: Type.Optional(
      Type.Array(Base64url('Statement.'), {
        maxItems: 2,
        description: 'Acts that register key and node, signed by a member that it is a node of.',
      }),
    ),
    snapshot: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Height of the snapshot that it took, if any.' }),
    ),
  },
  { additionalProperties: false },
)

const invited = {
  tags,
  security: [{ invitation: [] }],
  params: LedgerParams,
  description: 'With the token of an invitation: `Authorization: Bearer TOKEN`.',
}

const bytes = { content: { 'application/octet-stream': { schema: Type.String() } } }

/** GET /network, and /join …: the network that a ledger is part of, and the way into it. */
export const networkRoutes: FastifyPluginAsyncTypebox<RestDeps> = async (app, { ledgers }) => {
  const networkSchema = {
    operationId: 'getNetwork',
    tags,
    summary: 'How the network is, as this node sees it: its validators and who is connected.',
    params: LedgerParams,
    response: { 200: NetworkState, ...problemResponses },
  }
  app.get('/ledgers/:ledger/network', { schema: networkSchema }, ({ params }) =>
    networkOf(ledgers.get(params.ledger)),
  )
  const infoSchema = {
    ...invited,
    operationId: 'getJoin',
    summary: 'What a node has to know before it joins.',
    response: { 200: JoinAnswer, ...problemResponses },
  }
  app.get('/ledgers/:ledger/join', { schema: infoSchema }, (request) =>
    joinsOf(ledgers.get(request.params.ledger)).info(tokenOf(request)),
  )
  const historySchema = {
    ...invited,
    operationId: 'getJoinHistory',
    summary: 'The blocks from before the network, as an export file.',
    response: { 200: bytes, ...problemResponses },
  }
  app.get('/ledgers/:ledger/join/history', { schema: historySchema }, async (request, reply) => {
    const file = await joinsOf(ledgers.get(request.params.ledger)).history(tokenOf(request))
    return reply.type('application/octet-stream').send(createReadStream(file))
  })
  const snapshotSchema = {
    ...invited,
    operationId: 'getJoinSnapshot',
    summary: 'The ledger with its state as of one of the last blocks.',
    response: { 200: bytes, ...problemResponses },
  }
  app.get('/ledgers/:ledger/join/snapshot', { schema: snapshotSchema }, async (request, reply) => {
    const stream = await joinsOf(ledgers.get(request.params.ledger)).snapshot(tokenOf(request))
    return reply.type('application/octet-stream').send(stream)
  })
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (_, body, done) =>
    done(null, parseJson(body, { valuesMax: 20 })),
  )
  const joinSchema = {
    ...invited,
    operationId: 'joinNetwork',
    summary: 'Lets a node in: registers it and the key that it signs with. Uses the token up.',
    body: JoinBody,
    response: { 200: JoinAnswer, ...problemResponses },
  }
  app.post('/ledgers/:ledger/join', { schema: joinSchema }, (request) => {
    const joins = joinsOf(ledgers.get(request.params.ledger))
    return joins.admit(tokenOf(request), request.body)
  })
}

async function networkOf({ ledger, network }: ServedLedger): Promise<Static<typeof NetworkState>> {
  const { height } = ledger.head
  const validators = validatorsAt(ledger, height).map((one) => shown(one, ledger))
  if (!network) return { sequencer: 'solo', height, catchingUp: false, peers: [], validators }
  const { id, catchingUp, peers } = await network.status()
  const since = network.noQuorumSince()
  const lost = since === undefined ? {} : { noQuorumSince: since }
  return { sequencer: 'cometbft', id, height, ...lost, catchingUp, peers: [...peers], validators }
}

function shown({ kid, power }: Validator, ledger: Ledger) {
  const { head } = ledger
  const final = head.signatures.length > 0 ? head : ledger.block(head.height - 1)
  const own = toHex(kid)
  return {
    kid: own,
    power,
    signed: (final?.signatures ?? []).some((one) => toHex(one.kid) === own),
  }
}

function joinsOf({ joins }: ServedLedger): JoinHost {
  if (joins) return joins
  throw new CodedError('NETWORK_NONE', 'This ledger is no network: nobody can join it.')
}

function tokenOf({ headers }: Pick<FastifyRequest, 'headers'>): string {
  const [scheme, token, ...rest] = (headers.authorization ?? '').split(' ')
  if (scheme?.toLowerCase() === 'bearer' && token && rest.length === 0) return token
  throw new CodedError('INVITATION_INVALID', 'Give the token as Authorization: Bearer TOKEN.')
}
