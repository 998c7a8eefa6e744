import { Type } from 'typebox'
import { ServiceParams } from '../record-schemas.ts'
import { Committed } from './contract-schemas.ts'

export const UserParams = Type.Object({
  ...ServiceParams.properties,
  name: Type.String({
    pattern: '^[\\w.-]{1,19}$',
    description: 'Of the user, within the credential: in its certificate as NAME@CREDENTIAL.',
  }),
})

export const RequestedUser = Type.Object(
  {
    request: Type.String({
      maxLength: 8192,
      description:
        'Request for a certificate (PKCS #10) in PEM: P-256, ECDSA with SHA-256, the common name ' +
        'NAME@CREDENTIAL.',
    }),
  },
  { additionalProperties: false },
)

export const ShownUser = Type.Object({
  name: Type.String(),
  commonName: Type.String({ description: 'In the certificate: NAME@CREDENTIAL.' }),
  mspId: Type.String({ description: 'The organisation that certifies users here.' }),
  channel: Type.String({ description: 'Of the service: it stands in proposals.' }),
  certificate: Type.Optional(
    Type.String({ description: 'PEM; absent where there is none, or it ends in 30 days.' }),
  ),
})

export const NewProposal = Type.Object(
  {
    proposal: Type.String({
      pattern: '^0x([0-9a-fA-F]{2})+$',
      description:
        '0x and the hex of a SignedProposal of Fabric, by the certificate that was issued last, ' +
        'not older than 15 minutes. Its nonce has 24 to 64 bytes, and one effect for each user.',
    }),
  },
  { additionalProperties: false, examples: [{ proposal: '0x0a' }] },
)

const { request: _, state: __, transaction: ___, ...place } = Committed.properties

export const EndorsedProposal = Type.Object({
  state: Type.Union([Type.Literal('endorsed'), Type.Literal('committed')], {
    description: 'committed: the transaction is there already, and the rest says where.',
  }),
  transaction: Type.String({ description: 'Id of the transaction: 64 hex digits.' }),
  payload: Type.Optional(
    Type.String({
      description: '0x and hex of what the user signs: the payload of the Envelope of Fabric.',
    }),
  ),
  ...Type.Partial(Type.Object(place)).properties,
})
