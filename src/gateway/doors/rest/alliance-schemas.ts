import { Type } from 'typebox'
import { next } from './object-list.ts'

/** The alliance, its members and its proposals as the API shows them. */

const Seconds = (description: string) =>
  Type.Integer({ description: `${description}, in seconds.` })
const Time = (description: string) =>
  Type.Integer({ description: `${description}, in seconds since 1970.` })
const Version = Type.Integer({ description: 'Counts the changes; `expect` of the next one.' })
const Share = (description: string) =>
  Type.Array(Type.Integer(), { minItems: 2, maxItems: 2, description })
const Power = Type.Integer({ description: 'Weight in votes.' })
const Choice = Type.String({ description: '`yes`, `no` or `abstain`.' })

export const Alliance = Type.Object({
  members: Type.Array(Type.String(), { description: 'Ids of the members.' }),
  serviceReview: Type.Boolean({ description: 'Whether another member lets a service run.' }),
  stopped: Type.Boolean({ description: 'True while no records are taken.' }),
  quorum: Share('Share of the power that must have voted.'),
  threshold: Share('Share of yes among yes and no.'),
  deadlineMin: Seconds('The shortest time to vote'),
  deadlineMax: Seconds('The longest time to vote'),
  locks: Type.Record(Type.String(), Type.Integer(), {
    description: 'Seconds from a decision to its earliest execution, by what it is about.',
  }),
  software: Type.Array(
    Type.Object({ version: Type.String(), from: Type.Integer({ description: 'Height.' }) }),
    { description: 'What nodes must have from a height on.' },
  ),
  version: Version,
})

export const Member = Type.Object({
  id: Type.String(),
  name: Type.String({ description: 'For people.' }),
  power: Power,
  status: Type.String({ description: '`active` or `removed`.' }),
  version: Version,
})

const Act = Type.Object({
  module: Type.String({ description: 'Such as `bsn:alliance`.' }),
  contentType: Type.String({ description: 'Which act.' }),
  payload: Type.String({ description: 'Its bytes, base64url.' }),
  fields: Type.Unknown({ description: 'The same, for people; bytes in hex.' }),
})

const Change = Type.Object({
  key: Type.String({ description: 'Key in the state.' }),
  before: Type.Unknown({ description: 'The object now; null where there is none.' }),
  after: Type.Unknown({ description: 'The object then; null where there is none.' }),
})

const Sums = Type.Object({
  yes: Power,
  no: Power,
  abstain: Power,
  open: Type.Integer({ description: 'Power of those who may still vote.' }),
  total: Type.Integer({ description: 'Power of all.' }),
})

const proposal = {
  id: Type.String(),
  proposer: Type.String({ description: 'Id of a member.' }),
  title: Type.String(),
  reason: Type.String(),
  acts: Type.Array(Act, { description: 'All run, or none does.' }),
  begun: Time('When it was made'),
  deadline: Time('Until when it is voted on'),
  quorum: Share('As it was when the proposal began.'),
  threshold: Share('As it was when the proposal began.'),
  lock: Seconds('From the decision to the earliest execution'),
  subject: Type.Optional(Type.String({ description: 'The member whose keys it replaces.' })),
  status: Type.String({ description: '`open`, `passed`, `rejected`, `executed` or `failed`.' }),
  votes: Type.Array(
    Type.Object({
      member: Type.String(),
      choice: Choice,
      index: Type.Integer({ description: 'Its entry in the log.' }),
    }),
  ),
  due: Type.Optional(Time('From when on it can be executed')),
  counted: Type.Optional(
    Type.Array(
      Type.Object({ member: Type.String(), power: Power, choice: Type.Optional(Choice) }),
      { description: 'Who counted, with which power, when it was decided.' },
    ),
  ),
  executed: Type.Optional(Type.Integer({ description: 'The entry that executed it.' })),
  outcome: Type.Optional(Type.String({ description: 'Code of the refusal, where it failed.' })),
  version: Version,
}

export const Proposal = Type.Object({
  ...proposal,
  tally: Sums,
  changes: Type.Optional(
    Type.Array(Change, { description: 'What it would change if it were executed now.' }),
  ),
  refusal: Type.Optional(
    Type.Object({ code: Type.String(), detail: Type.String() }, { description: 'Why it cannot.' }),
  ),
})

export const MemberPage = Type.Object({ members: Type.Array(Member), next })
export const ProposalPage = Type.Object({ proposals: Type.Array(Type.Object(proposal)), next })
