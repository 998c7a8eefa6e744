import {
  type CborValue,
  type Claims,
  type Environment,
  encodeCbor,
  encodeCoseKey,
  type Genesis,
  type Signer,
  signStatement,
  type TrustedKeys,
  thumbprint,
  utf8,
  validator,
  verifyKeyBundle,
} from '@openbsn/sdk'
import { assert } from '../kernel/assert.ts'
import type { Block, SubmitOutcome } from '../ledger/ledger.ts'
import type { Module } from '../ledger/modules/module.ts'
import {
  createLedger,
  type LedgerDeps,
  type LedgerOptions,
  type OpenLedger,
  openLedger,
} from '../ledger/open-ledger.ts'
import { modules } from '../node/modules.ts'
import { credentialPolicy } from '../services/credential-module.ts'
import { testFolder } from './folder.ts'
import { namedSigner } from './named-signer.ts'

export type WorldOptions = Omit<Partial<LedgerOptions>, 'folder'> &
  Partial<Pick<LedgerDeps, 'onBlock' | 'admit' | 'software'>> & {
    readonly modules?: readonly Module[]
    /** Modules that the program has and the ledger has not: it was made before they were. */
    readonly young?: readonly Module[]
    readonly environment?: Environment
    /** Where the clock stands at first; seconds since 1970. */
    readonly now?: number
  }

type How = Partial<Claims> & { readonly signer?: Signer }
export type ActInput = How & { readonly contentType?: string }
export type RecordInput = How & { readonly contentType?: string; readonly payload?: string }

/** What members do, by the module that it goes to. */
export function subOf(type: string): string {
  const what = type.replace(/-.*/, '')
  if (what === 'validators' || what === 'blocks') return `bsn:${what}`
  if (what === 'sender') return 'bsn:blocks'
  if (['organisation', 'channel', 'contract'].includes(what)) return 'bsn:fabric'
  return ['alliance', 'operator', 'node', 'group'].includes(what) ? 'bsn:alliance' : `bsn:${what}s`
}

/**
 * A real ledger in a folder of its own, with a clock that tests move: member `admin` (key
 * `member`), validator key `validator`. Ends with `remove`.
 */
export class LedgerWorld {
  readonly folder = testFolder()
  readonly failures: Error[] = []
  readonly genesis: Genesis
  readonly clock = { now: 1_800_000_000, nowSeconds: () => this.clock.now }
  readonly #options: WorldOptions
  #ledger: OpenLedger | undefined
  #acts = 0

  private constructor(options: WorldOptions) {
    this.#options = options
    this.clock.now = options.now ?? this.clock.now
    this.genesis = {
      name: 'World',
      time: this.clock.now,
      nonce: new Uint8Array(16),
      member: { id: 'admin', key: namedSigner('member').key },
      validators: [validator(namedSigner('validator').key, 1)],
      ...(options.environment === undefined ? {} : { environment: options.environment }),
    }
  }

  static async create(options: WorldOptions = {}): Promise<LedgerWorld> {
    const world = new LedgerWorld(options)
    await createLedger(world.folder.path, world.genesis, {
      modules: world.#modules.filter((module) => !options.young?.includes(module)),
      onFailure: (error) => world.failures.push(error),
    })
    world.open()
    return world
  }

  get #modules(): readonly Module[] {
    return [...modules, ...(this.#options.modules ?? [])]
  }

  get ledger(): OpenLedger {
    assert(this.#ledger !== undefined, 'the ledger is open')
    return this.#ledger
  }

  get id(): string {
    return this.ledger.id
  }

  get keys(): TrustedKeys {
    return verifyKeyBundle(this.ledger.keyBundle(), this.id)
  }

  /** Without a signer the ledger is read alone. */
  open(signer: Signer | null = namedSigner('validator')): OpenLedger {
    const {
      modules: _,
      environment: __,
      young: ___,
      onBlock,
      admit,
      software,
      ...options
    } = this.#options
    this.#ledger = openLedger(
      { workers: 1, groupMs: 0, ...options, folder: this.folder.path },
      {
        clock: this.clock,
        signer: signer ?? undefined,
        modules: this.#modules,
        recordPolicy: credentialPolicy,
        ...(onBlock ? { onBlock } : {}),
        ...(admit ? { admit } : {}),
        ...(software === undefined ? {} : { software }),
        onFailure: (error) => this.failures.push(error),
      },
    )
    return this.#ledger
  }

  async reopen(signer?: Signer | null): Promise<OpenLedger> {
    await this.ledger.close()
    return this.open(signer)
  }

  /** A control statement of `admin`, such as `service-create`, with a `cti` of its own. */
  act(type: string, payload: Record<string, CborValue>, how: ActInput = {}): Promise<Uint8Array> {
    const { signer = namedSigner('member'), contentType, ...claims } = how
    const { now } = this.clock
    const own = { iss: 'admin', sub: subOf(type), aud: this.id, iat: now, exp: now + 600 }
    const input = {
      contentType: contentType ?? `application/vnd.openbsn.${type}+cbor`,
      claims: { ...own, cti: utf8(`act ${this.#acts++}`), ...claims },
      payload: encodeCbor(new Map(Object.entries(payload))),
    }
    return signStatement(input, signer)
  }

  /** A record of the credential `c1` for the service `flights`, signed with the key `c1`. */
  record(payload: string, how: RecordInput = {}): Promise<Uint8Array> {
    const { signer = namedSigner(how.iss ?? 'c1'), contentType = 'text/plain', ...claims } = how
    const own = { iss: 'c1', sub: 'flights', aud: this.id, iat: this.clock.now }
    return signStatement(
      { contentType, claims: { ...own, ...claims }, payload: utf8(payload) },
      signer,
    )
  }

  async submitOne(statement: Uint8Array): Promise<SubmitOutcome> {
    const [outcome] = await this.ledger.submit([statement])
    assert(outcome !== undefined, 'one statement has one outcome')
    return outcome
  }

  /** Service `flights` and credential `c1` with the key of the same name. */
  async settle(): Promise<this> {
    await this.done('service-create', { id: 'flights', framework: 'records' })
    await this.done('credential-create', credentialOf('c1'))
    return this
  }

  /** Does an act that must not be refused. */
  async done(type: string, payload: Record<string, CborValue>, how?: ActInput): Promise<number> {
    const outcome = await this.submitOne(await this.act(type, payload, how))
    assert(outcome.outcome === 'appended', `${type}: ${JSON.stringify(outcome)}`)
    return outcome.index
  }

  block(height: number): Block {
    const block = this.ledger.block(height)
    assert(block !== undefined, `there is a block ${height}`)
    return block
  }

  /** Registers records as one block; none may be refused. */
  async recorded(statements: readonly Uint8Array[]): Promise<void> {
    for (const outcome of await this.ledger.submit(statements)) {
      assert(outcome.outcome === 'appended', `a record: ${JSON.stringify(outcome)}`)
    }
  }

  async remove(): Promise<void> {
    await this.ledger.close()
    this.folder.remove()
  }
}

/** Payload of `credential-create`; its one key is that of the same name. */
export function credentialOf(
  id: string,
  more: Record<string, CborValue> = {},
): Record<string, CborValue> {
  const keys = [encodeCoseKey(namedSigner(id).key)]
  return { id, service: 'flights', label: id, keys, ...more }
}

/** What a test compares: the code of a refusal, or `appended` or `duplicate`. */
export function resultOf(outcome: SubmitOutcome | undefined): string | undefined {
  return outcome?.outcome === 'refused' ? outcome.code : outcome?.outcome
}

/** COSE_Key and thumbprint of a named key, as acts take them. */
export const keyOf = (name: string) => encodeCoseKey(namedSigner(name).key)
export const kidOf = (name: string) => thumbprint(namedSigner(name).key)
