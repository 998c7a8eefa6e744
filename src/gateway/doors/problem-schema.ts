import { Type } from 'typebox'

/** Problem details, RFC 9457. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'Where the code is explained.' }),
    title: Type.String({ description: 'What the code means, always the same.' }),
    status: Type.Integer(),
    detail: Type.String({ description: 'What is wrong with this request, for people.' }),
    code: Type.String({ description: 'Stable; /docs/errors lists every code.' }),
    gateways: Type.Optional(
      Type.Array(Type.String(), { description: 'Of LEDGER_ELSEWHERE: who serves the ledger.' }),
    ),
    instance: Type.Optional(Type.String({ description: 'Id of the request, as in x-request-id.' })),
  },
  { $id: 'Problem', additionalProperties: false },
)
