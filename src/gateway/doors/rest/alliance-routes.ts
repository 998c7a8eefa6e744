import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { CborValue } from '@openbsn/sdk'
import { Type } from 'typebox'
import { proposalKey, proposalOf, readActs, tallyOf } from '../../../alliance/proposal-state.ts'
import { pairsOf, readRules } from '../../../alliance/voting-rules.ts'
import type { Ledger } from '../../../ledger/ledger.ts'
import { allianceKey, memberKey, memberOf } from '../../../ledger/modules/alliance-objects.ts'
import { softwareKey } from '../../../ledger/required-software.ts'
import { readObject, type StateObject } from '../../../ledger/state/state-view.ts'
import { base64url } from '../../base64url.ts'
import { plainCbor } from '../../plain-cbor.ts'
import { problemResponses } from '../problem-responses.ts'
import { Alliance, MemberPage, Proposal, ProposalPage } from './alliance-schemas.ts'
import { listObjects, Name, pageQuery, requireObject } from './object-list.ts'
import type { RestDeps } from './rest-door.ts'
import { LedgerId, LedgerParams } from './schemas.ts'

const tags = ['alliance']

/** GET /alliance, /members, /proposals …: who decides, by which rules, and on what. */
export const allianceRoutes: FastifyPluginAsyncTypebox<RestDeps> = async (app, { ledgers }) => {
  const schema = {
    operationId: 'getAlliance',
    tags,
    summary: 'The alliance and the rules of its votes; `state?key=alliance` proves them.',
    params: LedgerParams,
    response: { 200: Alliance, ...problemResponses },
  }
  app.get('/ledgers/:ledger/alliance', { schema }, ({ params }) =>
    shownAlliance(ledgers.get(params.ledger).ledger),
  )
  const membersSchema = {
    operationId: 'listMembers',
    tags,
    summary: 'Lists members, also those that were removed.',
    params: LedgerParams,
    querystring: Type.Object(pageQuery, { additionalProperties: false }),
    response: { 200: MemberPage, ...problemResponses },
  }
  app.get('/ledgers/:ledger/members', { schema: membersSchema }, ({ params, query }) => {
    const { ledger } = ledgers.get(params.ledger)
    const { items, ...rest } = listObjects(ledger, memberKey(''), query, shownMember)
    return { members: items, ...rest }
  })
  const listSchema = {
    operationId: 'listProposals',
    tags,
    summary: 'Lists proposals by status and proposer.',
    params: LedgerParams,
    querystring: Type.Object(
      {
        status: Type.Optional(Name('Such as `open`.')),
        proposer: Type.Optional(Name('Id of a member.')),
        ...pageQuery,
      },
      { additionalProperties: false },
    ),
    response: { 200: ProposalPage, ...problemResponses },
  }
  app.get('/ledgers/:ledger/proposals', { schema: listSchema }, ({ params, query }) => {
    const { ledger } = ledgers.get(params.ledger)
    const { items, ...rest } = listObjects(ledger, proposalKey(''), query, shownProposal)
    return { proposals: items, ...rest }
  })
  const oneSchema = {
    operationId: 'getProposal',
    tags,
    summary: 'A proposal, how it stands, and what it would change if it were executed now.',
    params: Type.Object({ ledger: LedgerId, proposal: Name('Id of the proposal.') }),
    response: { 200: Proposal, ...problemResponses },
  }
  app.get('/ledgers/:ledger/proposals/:proposal', { schema: oneSchema }, ({ params }) => {
    const { ledger } = ledgers.get(params.ledger)
    const object = requireObject(ledger, proposalKey(params.proposal), 'OBJECT_NOT_FOUND')
    const { yes, no, abstain, open, total } = tallyOf(proposalOf(object), ledger).tally
    const tally = { yes, no, abstain, open, total }
    return { ...shownProposal(params.proposal, object), tally, ...effectOf(object, ledger) }
  })
}

function shownAlliance(ledger: Ledger) {
  const object = requireObject(ledger, allianceKey, 'OBJECT_NOT_FOUND')
  const { quorum, threshold, deadlineSecondsMin, deadlineSecondsMax, lockSeconds } =
    readRules(ledger)
  const software = pairsOf(readObject(ledger, softwareKey)?.get('versions'))
  return {
    members: rowsOf(object.get('members')).map(String),
    serviceReview: object.get('serviceReview') === true,
    stopped: object.get('stopped') === true,
    quorum: [...quorum],
    threshold: [...threshold],
    deadlineMin: deadlineSecondsMin,
    deadlineMax: deadlineSecondsMax,
    locks: lockSeconds,
    software: software.map(([version, from]) => ({ version: String(version), from: Number(from) })),
    version: Number(object.get('version')),
  }
}

function shownMember(id: string, object: StateObject) {
  const { name, power, status, version } = memberOf(object)
  return { id, name, power, status, version }
}

const rowsOf = (value: CborValue | undefined) => (Array.isArray(value) ? value : [])

/** A proposal without what has to be worked out. */
function shownProposal(id: string, object: StateObject) {
  const { quorum, threshold, lockSeconds, subject, due, acts, votes, ...rest } = proposalOf(object)
  const [executed, outcome] = [object.get('executed'), object.get('outcome')]
  const counted = object.get('counted')
  return {
    id,
    ...rest,
    acts: (readActs(acts) ?? []).map(({ sub, contentType, payload }, i) => {
      const [, , bytes] = rowsOf(acts[i])
      const shown = bytes instanceof Uint8Array ? base64url(bytes) : ''
      return { module: sub, contentType, payload: shown, fields: plainCbor(payload) }
    }),
    quorum: [...quorum],
    threshold: [...threshold],
    lock: lockSeconds,
    votes: [...votes],
    ...(subject === undefined ? {} : { subject }),
    ...(due === undefined ? {} : { due }),
    ...(counted === undefined ? {} : { counted: rowsOf(counted).map(shownCount) }),
    ...(typeof executed === 'number' ? { executed } : {}),
    ...(typeof outcome === 'string' ? { outcome } : {}),
  }
}

function shownCount(row: CborValue) {
  const [member, power, choice] = rowsOf(row)
  const said = typeof choice === 'string' ? { choice } : {}
  return { member: String(member), power: Number(power), ...said }
}

/** What a proposal that may still run would change, or why it cannot. */
function effectOf(object: StateObject, ledger: Ledger) {
  const { status, acts } = proposalOf(object)
  if (status !== 'open' && status !== 'passed') return {}
  const tried = ledger.tryVoted(readActs(acts) ?? [])
  if ('code' in tried) return { refusal: tried }
  const changes = tried.map(({ key, before = null, after = null }) => ({
    key,
    before: plainCbor(before),
    after: plainCbor(after),
  }))
  return { changes }
}
