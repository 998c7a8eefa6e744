import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  type CborMap,
  type CborValue,
  type Client,
  createClient,
  encodeCbor,
  encodeCoseKey,
  type Signer,
  signStatement,
} from '@openbsn/sdk'
import { newStoredKey, type StoredKey, signerOfStored } from '../../src/crypto/key-file.ts'
import { homePaths } from '../../src/node/create-home.ts'
import { benchError } from '../errors.ts'
import type { Server } from './server.ts'

/** One who writes: a credential with one key. */
export type Issuer = { readonly credential: string; readonly key: StoredKey }

/** What statements are addressed to and who may sign them. Plain data: it goes to threads. */
export type Writers = {
  readonly ledger: string
  readonly service: string
  readonly issuers: readonly Issuer[]
}

/** As many as the prototypes had: enough that no cache of one key flatters the figures. */
const issuerCount = 64

/** Limits of each credential, as a control statement names them. */
export type Limits = Readonly<Record<string, number>>

/**
 * Creates a service and credentials that sign for themselves. Names of one length give statements
 * of one length.
 */
export async function createWriters(
  server: Server,
  { service = 'bench', limits = {} }: { readonly service?: string; readonly limits?: Limits } = {},
): Promise<Writers> {
  const publisher = createPublisher(server)
  const issuers = Array.from({ length: issuerCount }, (_, i) => {
    // Two digits each: all statements have the same length.
    return { credential: `${service}-${i + 10}`, key: newStoredKey() }
  })
  await publisher.publish([{ id: service, framework: 'records' }])
  await publisher.admit(
    issuers.map(({ credential, key }) => {
      const keys = [encodeCoseKey(signerOfStored(key).key)]
      return { id: credential, service, label: 'bench', keys, ...limits }
    }),
  )
  return { ledger: publisher.ledger, service, issuers }
}

type Fields = Readonly<Record<string, CborValue>>

/** The alliance's only member, publishing services and letting credentials in. */
export interface Publisher {
  readonly ledger: string
  readonly member: string
  /** @throws BENCH_OUTCOME_WRONG */
  publish(services: readonly Fields[]): Promise<void>
  /** @throws BENCH_OUTCOME_WRONG */
  admit(credentials: readonly Fields[]): Promise<void>
}

export function createPublisher({ home, gateway }: Server): Publisher {
  const profile: {
    readonly ledger: string
    readonly member: StoredKey & { readonly id: string }
  } = JSON.parse(readFileSync(homePaths(home).profile, 'utf8'))
  const { ledger, member } = profile
  const client = createClient({ gateway, ledger })
  const signer = signerOfStored(member)
  const register = async (module: string, name: string, all: readonly Fields[]) => {
    const acts = all.map((fields) => {
      const payload = new Map(Object.entries(fields))
      return controlStatement({ ledger, member: member.id, module, name, payload }, signer)
    })
    await registerAll(client, await Promise.all(acts))
  }
  return {
    ledger,
    member: member.id,
    publish: (services) => register('bsn:services', 'service-create', services),
    admit: (credentials) => register('bsn:credentials', 'credential-create', credentials),
  }
}

type ControlAct = {
  readonly ledger: string
  readonly member: string
  readonly module: string
  readonly name: string
  readonly payload: CborMap
}

function controlStatement(
  { ledger, member, module, name, payload }: ControlAct,
  signer: Signer,
): Promise<Uint8Array> {
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: member, sub: module, aud: ledger, iat: now, exp: now + 600 }
  return signStatement(
    {
      contentType: `application/vnd.openbsn.${name}+cbor`,
      claims: { ...claims, cti: new Uint8Array(randomBytes(16)) },
      payload: encodeCbor(payload),
    },
    signer,
  )
}

async function registerAll(client: Client, statements: readonly Uint8Array[]): Promise<void> {
  for (const outcome of await client.submit(statements)) {
    if (outcome.outcome === 'appended') continue
    throw benchError('BENCH_OUTCOME_WRONG', `A control statement: ${JSON.stringify(outcome)}.`)
  }
}
