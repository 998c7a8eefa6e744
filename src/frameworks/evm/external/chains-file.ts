import { type Static, Type } from 'typebox'
import { Check, Errors } from 'typebox/schema'
import { parseJson } from '../../../kernel/json.ts'
import { evmError } from '../errors.ts'

const Upstream = Type.Object(
  {
    url: Type.String({ pattern: '^https?://[^/?#@ ]+([/?][^# ]*)?$', maxLength: 2048 }),
    /** For subscriptions. */
    ws: Type.Optional(Type.String({ pattern: '^wss?://[^/?#@ ]+([/?][^# ]*)?$', maxLength: 2048 })),
    headers: Type.Optional(
      Type.Record(Type.String({ pattern: '^[a-z0-9-]{1,64}$' }), Type.String()),
    ),
    /** Its name may lead to an address that not everybody reaches. */
    mayBePrivate: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
/** An address of a dialect: what is asked for is put behind it. */
const Base = Type.Object(
  {
    url: Type.String({ pattern: '^https?://[^/?#@ ]+(/[^?# ]*)?$', maxLength: 2048 }),
    headers: Upstream.properties.headers,
    mayBePrivate: Upstream.properties.mayBePrivate,
  },
  { additionalProperties: false },
)
const Bases = Type.Optional(Type.Array(Base, { minItems: 1, maxItems: 8 }))
const Chain = Type.Object(
  {
    chainId: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    /** Blocks after which nobody takes one back; 64 where not said. */
    finalDepth: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })),
    upstreams: Type.Array(Upstream, { minItems: 1, maxItems: 8 }),
    rest: Bases,
    rest2: Bases,
  },
  { additionalProperties: false },
)
const ChainsFileSchema = Type.Object(
  { chains: Type.Record(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{1,62}$' }), Chain) },
  { additionalProperties: false },
)

/** Chains of others by the name of the service that each is for. */
export type ChainsFile = Static<typeof ChainsFileSchema>
export type ChainEntry = Static<typeof Chain>
export type UpstreamEntry = Static<typeof Upstream>

/** What an operator's file of chains says. @throws CHAINS_FILE_INVALID, with every problem */
export function readChainsFile(path: string, text: string): ChainsFile {
  const value = parsed(path, text)
  if (Check(ChainsFileSchema, value)) return value
  const [, found] = Errors(ChainsFileSchema, value)
  const problems = found.map(({ instancePath, message }) => `${instancePath || '/'}: ${message}`)
  throw evmError('CHAINS_FILE_INVALID', `${path}: ${problems.join('; ')}`)
}

function parsed(path: string, text: string): unknown {
  try {
    return parseJson(text)
  } catch (cause) {
    const message = `${path}: ${cause instanceof Error ? cause.message : String(cause)}`
    throw evmError('CHAINS_FILE_INVALID', message, { cause })
  }
}
