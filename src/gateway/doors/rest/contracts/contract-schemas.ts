import { limits } from '@openbsn/sdk'
import { Type } from 'typebox'
import { contractSteps } from '../../../../frameworks/fabric/contract-progress.ts'
import { next } from '../object-list.ts'
import { RequestKey, ServiceParams } from '../record-schemas.ts'
import { Base64url } from '../schemas.ts'
import { Address, callResult, effects, made } from './call-result.ts'

/** More gas than any block has; a chain works on so much for a second. */
const gasMax = 100_000_000
const nameBytesMax = limits.nameBytesMax

const contract = Type.String({
  minLength: 1,
  maxLength: nameBytesMax,
  description: 'Name or address of a contract of the service.',
})
export const ContractParams = Type.Object({ ...ServiceParams.properties, contract })
export const FunctionParams = Type.Object({
  ...ContractParams.properties,
  function: Type.String({
    minLength: 1,
    maxLength: 2 * nameBytesMax,
    description: 'Name of the function, or its signature where there are several of that name.',
  }),
})
export const TransactionParams = Type.Object({
  ...ServiceParams.properties,
  hash: Type.String({
    pattern: '^(0x)?[0-9a-fA-F]{64}$',
    description: 'Hash of the transaction: 0x and 64 hex digits; on Fabric its id.',
  }),
})

const GivenAddress = (description: string) =>
  Type.String({ pattern: '^0x[0-9a-fA-F]{40}$', description })
const Bytes = (description: string) =>
  Type.String({ pattern: '^0x([0-9a-fA-F]{2})*$', description: `0x and hex. ${description}` })
const Wei = Type.Union(
  [
    Type.String({ pattern: '^(0|[1-9][0-9]{0,77}|0x[0-9a-fA-F]{1,64})$' }),
    Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  ],
  { description: 'What is sent along, in wei: as decimal or 0x text, or a safe number.' },
)
const Gas = Type.Integer({
  minimum: 1,
  maximum: gasMax,
  description: 'Most gas that it may take; estimated where absent.',
})
const Values = Type.Union([Type.Array(Type.Unknown()), Type.Object({})], {
  description:
    'In order, or by name. Integers as decimal or 0x text, or safe numbers; bytes as 0x hex; ' +
    'tuples as objects or arrays.',
})
const Abi = Type.Array(Type.Object({}), {
  maxItems: 2000,
  description: 'ABI of the contract, as compilers print it.',
})

const Sources = Type.Object(
  {},
  {
    additionalProperties: Type.String(),
    maxProperties: 500,
    description:
      'Solidity sources by the path that imports know them by, at most 2 MB together. Imports ' +
      'lead to one another and to @openzeppelin/contracts.',
  },
)
const Settings = Type.Object(
  {
    evmVersion: Type.Optional(Type.String({ minLength: 1, maxLength: nameBytesMax })),
    optimizer: Type.Optional(
      Type.Object(
        {
          enabled: Type.Optional(Type.Boolean()),
          runs: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1 })),
        },
        { additionalProperties: false },
      ),
    ),
    viaIR: Type.Optional(Type.Boolean()),
    libraries: Type.Optional(
      Type.Object(
        {},
        {
          additionalProperties: Type.String(),
          maxProperties: 500,
          description: 'Addresses of libraries that are on the chain, by file.sol:Name.',
        },
      ),
    ),
  },
  { additionalProperties: false, description: 'Of the compiler.' },
)
const template = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: nameBytesMax,
    description: 'A contract that is there already: GET …/templates lists them.',
  }),
)
const compiled = {
  template,
  sources: Type.Optional(Sources),
  contract: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 400,
      description: 'Which contract of the sources, where there are several: Name, file.sol:Name.',
    }),
  ),
  settings: Type.Optional(Settings),
}

/** One of `template`, `sources`, or `abi` and `bytecode`. */
export const NewContract = Type.Object(
  {
    name: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: nameBytesMax,
        description: "What it is called in this service; made of the contract's own where absent.",
      }),
    ),
    ...compiled,
    abi: Type.Optional(Abi),
    bytecode: Type.Optional(Bytes('What a compiler made, with its libraries linked.')),
    args: Type.Optional(Values),
    ...{ value: Type.Optional(Wei), gas: Type.Optional(Gas) },
  },
  { additionalProperties: false, examples: [{ template: 'points', name: 'shop', args: ['Shop'] }] },
)

export const RegisteredContract = Type.Object(
  {
    address: GivenAddress('Where it is; with a checksum (EIP-55), that is checked.'),
    abi: Abi,
  },
  { additionalProperties: false },
)
export const ContractSources = Type.Object(compiled, { additionalProperties: false })

const args = Type.Optional(Values)
export const AskedCall = Type.Object(
  {
    args,
    from: Type.Optional(GivenAddress("Who asks; the credential's account where absent.")),
    value: Type.Optional(Wei),
    block: Type.Optional(
      Type.Union(
        [
          Type.Integer({ minimum: 0 }),
          ...['latest', 'finalized', 'earliest'].map((one) => Type.Literal(one)),
        ],
        { description: 'As of which block; the latest where absent.' },
      ),
    ),
  },
  {
    additionalProperties: false,
    examples: [{ args: ['0x00000000000000000000000000000000000000aa'] }],
  },
)
export const EstimatedCall = Type.Object(
  { args, from: AskedCall.properties.from, value: Type.Optional(Wei) },
  { additionalProperties: false },
)
export const SentCall = Type.Object(
  { args, value: Type.Optional(Wei), gas: Type.Optional(Gas) },
  { additionalProperties: false, examples: [{ args: { account: 'ann', amount: '12' } }] },
)

/** `raw`, or what the node signs. */
export const NewTransaction = Type.Object(
  {
    raw: Type.Optional(Bytes('A transaction that the client signed; on Fabric its Envelope.')),
    to: Type.Optional(contract),
    data: Type.Optional(Bytes('Call data.')),
    ...{ value: Type.Optional(Wei), gas: Type.Optional(Gas) },
  },
  { additionalProperties: false, examples: [{ to: 'shop', data: '0x' }] },
)

const Time = Type.Integer({ description: 'Time of its block: seconds since 1970.' })
/** What a contract told. */
export const ContractEventPage = Type.Object({
  events: Type.Array(
    Type.Object({
      event: Type.Optional(Type.String({ description: 'Its name, where the ABI has one for it.' })),
      args: Type.Optional(Type.Unknown()),
      transaction: Type.String({ description: 'Hash of the transaction.' }),
      logIndex: Type.Integer({ description: 'Place in its block.' }),
      height: Type.Integer({ description: 'Height of its block.' }),
      time: Time,
      from: Address('Who sent the transaction.'),
      topics: Type.Array(Type.String(), { description: '0x and hex, as the chain has them.' }),
      data: Type.String({ description: '0x and hex, as the chain has it.' }),
    }),
    { description: 'The newest first.' },
  ),
  next,
})

const Receipt = Base64url('The proof of …/proof, or `pending` until it is there.')

const committed = {
  request: RequestKey,
  state: Type.Literal('committed'),
  isRepeat: Type.Boolean({ description: 'True where it was there before, and this is where.' }),
  transaction: Type.String({ description: 'Hash of the transaction.' }),
  height: Type.Integer({ description: 'Height of its block.' }),
  time: Time,
  receipt: Receipt,
}

/** What became of a deployment. */
export const Deployed = Type.Object({ ...committed, ...made, ...effects })
/** What became of a call that changes something; `address` where it made a contract. */
export const Committed = Type.Object({
  ...committed,
  ...callResult,
})
/** It is under way: `GET …/requests/{key}` says later what became of it. */
export const UnderWay = Type.Object({ request: RequestKey, state: Type.Literal('pending') })

const listed = {
  name: Type.String({ description: 'What it is called in this service.' }),
  address: Type.Optional(Address('Where it is, on a chain.')),
  hasSource: Type.Optional(
    Type.Boolean({ description: 'Whether it is known what it was compiled from, on a chain.' }),
  ),
  verified: Type.Optional(
    Type.Union([Type.Literal('exact'), Type.Literal('metadata differs')], {
      description: 'How far the code of the chain is what its source compiles to.',
    }),
  ),
  template: Type.Optional(Type.String({ description: 'Template that it was made of.' })),
  package: Type.Optional(
    Type.String({ description: 'On Fabric: preset: and a name, or the SHA-256 of an archive.' }),
  ),
  sequence: Type.Optional(
    Type.Integer({ description: 'On Fabric: how often it was defined, the first time included.' }),
  ),
  policy: Type.Optional(Type.String({ description: 'On Fabric: who has to endorse.' })),
  waitsFor: Type.Optional(
    Type.String({ description: 'On Fabric: why this node does not run the service as defined.' }),
  ),
}
export const ContractList = Type.Object({
  contracts: Type.Array(Type.Object(listed), { description: 'In the order of their names.' }),
  next,
})
const packaged = {
  step: Type.Optional(
    Type.Union(
      contractSteps.map((one) => Type.Literal(one)),
      { description: 'On Fabric: what this node does for it last, or fails at.' },
    ),
  ),
  functions: Type.Optional(
    Type.Array(Type.String(), {
      description: 'On Fabric, of an archive that was built: what it can be asked for.',
    }),
  ),
  warnings: Type.Optional(
    Type.Array(
      Type.Object({
        file: Type.String(),
        line: Type.Integer(),
        chance: Type.String({ description: 'Such as clock or random.' }),
        text: Type.String({ description: 'What stands there.' }),
        why: Type.String(),
      }),
      { description: 'On Fabric, of an archive that was built: what may differ between peers.' },
    ),
  ),
}
export const ContractAnswer = Type.Object({
  ...listed,
  abi: Type.Optional(Type.Array(Type.Unknown(), { description: 'ABI, on a chain.' })),
  proxyOf: Type.Optional(Address('The contract that it passes calls on to.')),
  source: Type.Optional(
    Type.Unknown({ description: 'What it was compiled from: sources, settings, compiler.' }),
  ),
  ...packaged,
})

export const CompiledAnswer = Type.Object({
  name: Type.String({ description: 'Of the contract, in its source.' }),
  file: Type.String({ description: 'Which source it is in.' }),
  abi: Type.Array(Type.Unknown(), { description: 'ABI.' }),
  bytecode: Type.String({
    description:
      'What makes it, without the arguments of its constructor. Where the address of a library ' +
      'is missing, its place is as solc writes it.',
  }),
  compiler: Type.String({ description: 'Version of the compiler.' }),
  warnings: Type.Array(Type.String(), { description: 'Each as file:line:column: text.' }),
  sources: Type.Unknown({ description: 'What was compiled; of a template, its source.' }),
})

export const TemplateList = Type.Object({
  templates: Type.Array(
    Type.Object({
      name: Type.String(),
      title: Type.String(),
      description: Type.String(),
      args: Type.Array(
        Type.Object({ name: Type.String(), type: Type.String(), description: Type.String() }),
        { description: 'What its constructor takes.' },
      ),
    }),
  ),
})

export const CallAnswer = Type.Object({
  result: Type.Unknown({ description: 'What the function returns: integers as decimal text.' }),
})
export const GasAnswer = Type.Object({
  gas: Type.String({ description: 'What it would take: decimal.' }),
})
export const AccountAnswer = Type.Object({
  address: Address('The account of the credential, whose key the node keeps.'),
  balance: Type.String({ description: 'In wei, decimal.' }),
  nonce: Type.Integer({ description: 'Transactions so far.' }),
})

export const TransactionAnswer = Type.Object(
  {
    hash: committed.transaction,
    state: Type.Union([
      Type.Literal('committed'),
      Type.Literal('rejected', { description: 'It is in a block, and had no effect.' }),
      Type.Literal('pending'),
    ]),
    height: Type.Optional(committed.height),
    time: Type.Optional(Time),
    from: Type.String({
      description: 'Who sent it: an address; on Fabric an organisation and an identity of it.',
    }),
    to: effects.to,
    created: Type.Optional(Address('The contract that it made.')),
    receipt: Receipt,
  },
  { additionalProperties: true, description: 'With more, as far as the chain tells it.' },
)
