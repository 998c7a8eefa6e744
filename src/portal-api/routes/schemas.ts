import { type TSchema, Type } from 'typebox'

/** Shapes that several routes share. Nothing unknown is taken. */

const strict = { additionalProperties: false } as const

export const Body = <T extends Record<string, TSchema>>(properties: T) =>
  Type.Object(properties, strict)

export const Seconds = (description: string) =>
  Type.Integer({ description: `${description} Seconds since 1970.` })

const plain = '[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*'
/** Control characters could drive a terminal or hide text; everything else is somebody's name. */
export const PersonName = Type.String({
  minLength: 1,
  maxLength: 80,
  pattern: `^${plain}\\S${plain}$`,
  description: 'A name for people, in any script.',
})
export const Email = Type.String({
  maxLength: 254,
  pattern: '^[A-Za-z0-9_+.-]+@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+$',
  description: 'What the account is called. Nothing is ever sent to it.',
})
/** Bounds alone: what a good password is, `PASSWORD_REFUSED` says in words. */
export const Password = Type.String({ maxLength: 1024, description: 'The password.' })
export const Token = Type.String({ maxLength: 128, description: 'The secret part of a link.' })
export const Code = Type.String({ maxLength: 32, description: 'A code of the authenticator.' })
export const RoleName = Type.Union(
  [
    Type.Literal('owner'),
    Type.Literal('administrator'),
    Type.Literal('developer'),
    Type.Literal('auditor'),
  ],
  { description: 'What an account may be in an organisation.' },
)
export const RequestKey = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern: '^[!-~]+$',
  description: 'Made by whoever asks, such as a UUID: the same again under it has one effect.',
})
export const OrganisationParams = Type.Object({
  organisation: Type.String({ maxLength: 64, description: 'Id of the organisation.' }),
})

/** Options and answers of WebAuthn, as browsers read and write them (`…JSON` in its standard). */
export const WebAuthn = Type.Record(Type.String(), Type.Unknown(), {
  description: 'JSON of WebAuthn.',
})

export const Done = Type.Object({ done: Type.Literal(true) })
export const done = { done: true } as const

export const SignedIn = Type.Object({
  state: Type.Union([Type.Literal('signed-in'), Type.Literal('code')], {
    description: '`code`: a code of the authenticator, or a backup code, is still wanted.',
  }),
})

/** A problem, as everywhere in the API. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  code: Type.String({ description: 'Stable; /docs/errors lists every code.' }),
  instance: Type.Optional(Type.String({ description: 'Id of the request.' })),
})
const problem = {
  description: 'Problem details (RFC 9457): `code` says why.',
  content: { 'application/problem+json': { schema: Problem } },
}
export const problems = { '4xx': problem, '5xx': problem }
