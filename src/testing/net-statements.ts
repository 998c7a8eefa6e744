import {
  type CborValue,
  type Claims,
  encodeCbor,
  encodeCoseKey,
  type Signer,
  signStatement,
  utf8,
  type Validator,
  validator,
} from '@openbsn/sdk'
import { namedSigner } from './named-signer.ts'

type Actor = { readonly iss?: string; readonly signer?: Signer }

/** Statements for one ledger of several nodes, at the time that it has now. */
export class NetStatements {
  readonly #ledger: string
  readonly #now: () => number
  #acts = 0

  constructor(ledger: string, now: () => number) {
    this.#ledger = ledger
    this.#now = now
  }

  /** A control statement of the member `admin`, where it is not said of whom. */
  act(
    type: string,
    sub: string,
    payload: Record<string, CborValue>,
    { iss = 'admin', signer = namedSigner('member') }: Actor = {},
  ): Promise<Uint8Array> {
    const now = this.#now()
    const own = { iss, sub, aud: this.#ledger, iat: now, exp: now + 600 }
    const input = {
      contentType: `application/vnd.openbsn.${type}+cbor`,
      claims: { ...own, cti: utf8(`act ${this.#acts++}`) },
      payload: encodeCbor(new Map(Object.entries(payload))),
    }
    return signStatement(input, signer)
  }

  /** The service `flights`, with the credential `c1`. */
  async settling(): Promise<Uint8Array[]> {
    return [
      await this.act('service-create', 'bsn:services', { id: 'flights', framework: 'records' }),
      await this.credential('c1'),
    ]
  }

  /** A credential with the key of the same name, for the service `flights`. */
  credential(id: string): Promise<Uint8Array> {
    const keys = [encodeCoseKey(namedSigner(id).key)]
    const payload = { id, service: 'flights', label: id, keys }
    return this.act('credential-create', 'bsn:credentials', payload)
  }

  /** Another set of validators; `expect` is the version that it replaces. */
  validators(expect: number, set: readonly Validator[]): Promise<Uint8Array> {
    const validators = set.map(
      ({ power, consensusKey, ...key }): CborValue => [
        ...[encodeCoseKey(key), power],
        ...(consensusKey ? [consensusKey] : []),
      ],
    )
    return this.act('validators-update', 'bsn:validators', { expect, validators })
  }

  /** A record of the credential `c1`, signed with the key `c1`; its text is its `cti`. */
  record(
    text: string,
    { signer = namedSigner('c1'), ...claims }: Partial<Claims> & { readonly signer?: Signer } = {},
  ): Promise<Uint8Array> {
    const payload = utf8(text)
    const own = { iss: 'c1', sub: 'flights', aud: this.#ledger, iat: this.#now(), cti: payload }
    return signStatement(
      { contentType: 'text/plain', claims: { ...own, ...claims }, payload },
      signer,
    )
  }
}

/** The key that a named validator's CometBFT votes with. */
export const consensusKeyOf = (name: string) => namedSigner(`consensus of ${name}`).key.raw

/** A validator whose keys are those of the name. */
export function namedValidator(name: string, power = 10): Validator {
  return { ...validator(namedSigner(name).key, power), consensusKey: consensusKeyOf(name) }
}
