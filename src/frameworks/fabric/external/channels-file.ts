import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Static, Type } from 'typebox'
import { Check, Errors } from 'typebox/schema'
import { parseJson } from '../../../kernel/json.ts'
import { fabricError } from '../errors.ts'
import { type Enrolled, keyOfPem } from '../organisation/ca-client.ts'

const Name = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,248}$' })
const File = Type.String({ minLength: 1, maxLength: 4096 })
const Channel = Type.Object(
  {
    /** Its name on the network. */
    channel: Name,
    /** Of the organisation whose peer is asked, and whose identity signs. */
    mspId: Name,
    /** As host:port. */
    peer: Type.String({ pattern: '^[^ /:]+:[0-9]{1,5}$', maxLength: 300 }),
    /** The name in the peer's certificate for TLS; that of its host where absent. */
    serverName: Type.Optional(Name),
    /** Who issues that certificate: a file in PEM, as the two that follow. */
    tlsRoot: File,
    /** Of the identity that signs transactions. */
    certificate: File,
    key: File,
    /** Organisations whose peers say how many blocks there are; the own one where absent. */
    members: Type.Optional(Type.Array(Name, { minItems: 1, maxItems: 64, uniqueItems: true })),
    /** Gateways of other city nodes on the same channel, each as mspId/common name. */
    gateways: Type.Optional(
      Type.Array(Type.String({ pattern: '^[^/]+/.+$', maxLength: 400 }), { maxItems: 64 }),
    ),
  },
  { additionalProperties: false },
)
const FileSchema = Type.Object(
  { channels: Type.Record(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{1,62}$' }), Channel) },
  { additionalProperties: false },
)

/** A channel of an existing network, with what its files hold. */
export type ExternalChannel = Omit<Static<typeof Channel>, 'tlsRoot' | 'certificate' | 'key'> & {
  readonly root: string
  readonly identity: Enrolled
}

/** Channels of others by the name of the service that each is for. */
export type ChannelsFile = ReadonlyMap<string, ExternalChannel>

/**
 * What an operator's file of channels says; the files that it names lie beside it.
 * @throws FABRIC_CHANNELS_INVALID, with every problem
 */
export function readChannelsFile(path: string, text: string): ChannelsFile {
  const value = parsed(path, text)
  if (!Check(FileSchema, value)) {
    const [, found] = Errors(FileSchema, value)
    const problems = found.map(({ instancePath, message }) => `${instancePath || '/'}: ${message}`)
    throw invalid(path, problems.join('; '))
  }
  const entries = Object.entries(value.channels)
  return new Map(
    entries.map(([service, { tlsRoot, certificate, key, ...entry }]) => {
      const read = (name: string, file: string) => readBeside(path, `${service}.${name}`, file)
      const root = read('tlsRoot', tlsRoot)
      const signing = { certificate: read('certificate', certificate), key: read('key', key) }
      return [service, { ...entry, root, identity: identityOf(path, service, signing) }] as const
    }),
  )
}

type Signing = { readonly certificate: string; readonly key: string }

/** That the two belong together is found out now, not with the first transaction. */
function identityOf(path: string, service: string, { certificate, key }: Signing): Enrolled {
  let isPair = false
  try {
    const identity = { certificate, key: keyOfPem(key) }
    isPair = new X509Certificate(certificate).checkPrivateKey(identity.key)
    if (isPair && identity.key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return identity
  } catch (cause) {
    throw invalid(path, `${service}: its certificate or its key is no PEM`, cause)
  }
  const why = isPair ? 'is not of P-256' : 'does not belong to its certificate'
  throw invalid(path, `${service}: its key ${why}`)
}

function readBeside(path: string, what: string, file: string): string {
  try {
    return readFileSync(resolve(dirname(path), file), 'utf8')
  } catch (cause) {
    throw invalid(path, `${what}: ${file} cannot be read`, cause)
  }
}

function parsed(path: string, text: string): unknown {
  try {
    return parseJson(text)
  } catch (cause) {
    throw invalid(path, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

const invalid = (path: string, why: string, cause?: unknown) =>
  fabricError('FABRIC_CHANNELS_INVALID', `${path}: ${why}`, { cause })
