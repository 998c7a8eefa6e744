import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CborValue,
  type Client,
  createClient,
  encodeCbor,
  encodeCoseKey,
  isCodedError,
  type Outcome,
  sha256,
  signStatement,
  toBase64url,
  utf8,
} from '@openbsn/sdk'
import { type StoredKey, signerOfStored } from '../../src/crypto/key-file.ts'
import { namedSigner } from '../../src/testing/named-signer.ts'
import type { Prng } from '../../src/testing/prng.ts'
import type { History } from './history.ts'
import type { Tenant } from './participant.ts'

type Profile = { readonly ledger: string; readonly member: StoredKey & { readonly id: string } }

/** Clients that do not try again by themselves: every answer, and every missing one, is seen. */
/** Tries once, so that whoever puts load on sees each failure. */
export function clientOf(gateway: string, home: string): Client {
  const { ledger } = profileOf(home)
  return createClient({ gateway, ledger, attemptsMax: 1, timeoutMs: 60_000 })
}

/** Tries again as users' clients do: judging takes minutes, and idle connections are closed. */
export function readerOf(gateway: string, home: string): Client {
  return createClient({ gateway, ledger: profileOf(home).ledger, timeoutMs: 60_000 })
}

export function profileOf(home: string): Profile {
  return JSON.parse(readFileSync(join(home, 'profile.json'), 'utf8')) as Profile
}

const signer = namedSigner('c1')
const nowSeconds = () => Math.floor(Date.now() / 1000)

type Fields = Readonly<Record<string, CborValue>>

/** Registers control statements of the member, each once, however often this is done. */
async function register(
  client: Client,
  home: string,
  acts: readonly (readonly [sub: string, type: string, payload: Fields])[],
): Promise<void> {
  const { ledger, member } = profileOf(home)
  for (const [sub, type, payload] of acts) {
    const now = nowSeconds()
    const cti = sha256(utf8(`${type} ${payload.id}`))
    const claims = { iss: member.id, sub, aud: ledger, iat: now, exp: now + 600, cti }
    const contentType = `application/vnd.openbsn.${type}+cbor`
    const statement = await signStatement(
      { contentType, claims, payload: encodeCbor(new Map(Object.entries(payload))) },
      signerOfStored(member),
    )
    const [outcome] = await client.submit([statement])
    if (outcome?.outcome === 'refused') throw new Error(`setting up: ${outcome.detail}`)
  }
}

/** The service `flights` and the credential `c1`, whose key is that of the same name. */
export function settle(client: Client, home: string): Promise<void> {
  const keys = [encodeCoseKey(signer.key)]
  return register(client, home, [
    ['bsn:services', 'service-create', { id: 'flights', framework: 'records' }],
    ['bsn:credentials', 'credential-create', { id: 'c1', service: 'flights', label: 'c1', keys }],
  ])
}

/** The service `sensors`, in which the city node signs, and a credential with an API key. */
export async function settleTenant(client: Client, home: string): Promise<Tenant> {
  const { ledger, member } = profileOf(home)
  const apiKey = `live_${randomBytes(32).toString('base64url')}`
  const tenant = { ledger, service: 'sensors', credential: 'sensors-1', apiKey }
  const { service, credential: id } = tenant
  const apiKeys = [[sha256(utf8(apiKey)), apiKey.slice(0, 8)]]
  const scopes = ['records:write', 'records:read', 'events:read', 'webhooks:write']
  const rights = { scopes, operators: [member.id] }
  const published = { id: service, framework: 'records', keyMode: 'key-trust' }
  await register(client, home, [
    ['bsn:services', 'service-create', published],
    [
      'bsn:credentials',
      'credential-create',
      { id, service, label: id, keys: [], apiKeys, ...rights },
    ],
  ])
  return tenant
}

export type LoadOptions = {
  readonly name: string
  readonly home: string
  readonly history: History
  readonly prng: Prng
  readonly batchMax: number
}

type Act = { readonly name: string; readonly byCti: boolean; statement: Uint8Array }

/** One client: writes acts, some of them again and again, until the gateway is gone. */
export class LoadClient {
  readonly #options: LoadOptions
  readonly #acts: Act[] = []
  readonly #unknown = new Set<Act>()
  #made = 0
  #ledger: string | undefined

  constructor(options: LoadOptions) {
    this.#options = options
  }

  /** Ends with the first request that gets no answer, or one that says that the ledger stops. */
  async run(client: Client, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!(await this.#request(client, await this.#choose()))) return
    }
  }

  /** Sends again what nobody answered. All of it must become definite. */
  async resolve(client: Client): Promise<void> {
    const acts = [...this.#unknown]
    for (let at = 0; at < acts.length; at += 500) {
      if (!(await this.#request(client, acts.slice(at, at + 500)))) throw new Error('no answer')
    }
  }

  async #choose(): Promise<Act[]> {
    const { prng, batchMax } = this.#options
    const count = prng.int(0, 2) === 0 ? 1 : prng.int(1, batchMax)
    const acts: Act[] = []
    for (let i = 0; i < count; i++) acts.push(await this.#act())
    return acts
  }

  /** A new act; one in eight times an old one: the same bytes, or signed anew. */
  async #act(): Promise<Act> {
    const { prng, name } = this.#options
    const old = this.#acts[prng.int(0, Math.max(0, this.#acts.length - 1))]
    if (old && prng.int(1, 8) === 1) {
      if (old.byCti && prng.int(0, 1) === 0) {
        old.statement = await this.#sign(old.name, true, prng.int(0, 300_000))
      }
      return old
    }
    const act = `${name} ${this.#made++}`
    const byCti = prng.int(1, 4) > 1
    const made = { name: act, byCti, statement: await this.#sign(act, byCti, 0) }
    this.#acts.push(made)
    return made
  }

  #sign(act: string, byCti: boolean, age: number): Promise<Uint8Array> {
    this.#ledger ??= profileOf(this.#options.home).ledger
    const cti = byCti ? { cti: sha256(utf8(act)).subarray(0, 16) } : {}
    const claims = { iss: 'c1', sub: 'flights', aud: this.#ledger, iat: nowSeconds() - age, ...cti }
    const payload = utf8(act.padEnd(200, '.'))
    return signStatement({ contentType: 'text/plain', claims, payload }, signer)
  }

  /** True where an answer came. */
  async #request(client: Client, acts: readonly Act[]): Promise<boolean> {
    const { history } = this.#options
    history.append(
      acts.map(({ name, statement }) => ({
        kind: 'sent',
        act: name,
        statement: toBase64url(statement),
      })),
    )
    for (const act of acts) this.#unknown.add(act)
    try {
      const outcomes = await client.submit(
        acts.map(({ statement }) => statement),
        { receipts: true },
      )
      history.append(
        outcomes.map((outcome: Outcome, i) => ({
          kind: 'told',
          act: acts[i]?.name ?? '',
          outcome,
        })),
      )
      for (const act of acts) this.#unknown.delete(act)
      return true
    } catch (error) {
      if (isCodedError(error)) return false
      throw error
    }
  }
}
