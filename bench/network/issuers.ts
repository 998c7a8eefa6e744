import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  type CborMap,
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

/** Creates a service and its credentials, with control statements through the API. */
export async function createWriters(server: Server): Promise<Writers> {
  const { ledger, member } = readProfile(server.home)
  const client = createClient({ gateway: server.gateway, ledger })
  const service = 'bench'
  const issuers = Array.from({ length: issuerCount }, (_, i) => {
    // Two digits each: all statements have the same length.
    return { credential: `bench-${i + 10}`, key: newStoredKey() }
  })
  const act = (module: string, name: string, payload: CborMap) =>
    controlStatement({ ledger, member: member.id, module, name, payload }, member.signer)
  await registerAll(client, [
    await act('bsn:services', 'service-create', map({ id: service, framework: 'records' })),
  ])
  const credentials = issuers.map(({ credential, key }) => {
    const keys = [encodeCoseKey(signerOfStored(key).key)]
    const payload = map({ id: credential, service, label: 'bench', keys })
    return act('bsn:credentials', 'credential-create', payload)
  })
  await registerAll(client, await Promise.all(credentials))
  return { ledger, service, issuers }
}

function readProfile(home: string) {
  const profile: {
    readonly ledger: string
    readonly member: StoredKey & { readonly id: string }
  } = JSON.parse(readFileSync(homePaths(home).profile, 'utf8'))
  const { ledger, member } = profile
  return { ledger, member: { id: member.id, signer: signerOfStored(member) } }
}

function map(fields: Record<string, string | Uint8Array[]>): CborMap {
  return new Map(Object.entries(fields))
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
