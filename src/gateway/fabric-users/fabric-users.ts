import { type KeyObject, randomBytes, timingSafeEqual, X509Certificate } from 'node:crypto'
import { CodedError } from '@openbsn/sdk'
import { bytesOfKey, keyOfBytes, newCertificateKey } from '../../crypto/certificates.ts'
import type { KeyEncryption } from '../../crypto/key-encryption.ts'
import { fabricError } from '../../frameworks/fabric/errors.ts'
import type { HostedChannel } from '../../frameworks/fabric/hosted-channel.ts'
import type { Enrolled } from '../../frameworks/fabric/organisation/ca-client.ts'
import {
  certificateRequest,
  readCertificateRequest,
} from '../../frameworks/fabric/organisation/certificate-request.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Service } from '../../services/service-state.ts'
import type { Holder } from '../access/access.ts'
import { userError } from './errors.ts'
import type { Owner, UserRow, UserStore } from './user-store.ts'

/** Whose users they are: a credential of a service, with the service's channel on this node. */
export type UserOwner = Pick<Holder, 'served' | 'caller'> & {
  readonly service: Pick<Service, 'keyMode'>
  readonly hosted: HostedChannel
}

export type ShownUser = {
  readonly name: string
  readonly commonName: string
  readonly mspId: string
  readonly channel: string
  /** PEM; absent where one is to be issued: there is none, or it ends soon. */
  readonly certificate?: string
}

/** What is kept of a user, wrapped. */
type Secrets = {
  /** The client's own; absent where its key alone says who it is. */
  readonly secret?: string
  /** What the certificate authority knows the user by; nobody is told it. */
  readonly enrolment: string
  /** PKCS #8 in base64, where the gateway signs. */
  readonly key?: string
  /** SPKI in base64 of the public key that the name was made for, where the user signs. */
  readonly ownKey?: string
}

export type FabricUsersDeps = {
  readonly store: UserStore
  readonly keys: KeyEncryption
  readonly clock: Clock
}

/** A certificate that ends so soon is made anew. */
const renewSeconds = 30 * 86_400
const namePattern = /^[\w.-]{1,19}$/
const secretBytesMax = 1024

/** Users of applications: people behind a participant's own system, each with a name on chain. */
export class FabricUsers {
  readonly #deps: FabricUsersDeps
  readonly #underWay = new Map<string, Promise<string>>()

  constructor(deps: FabricUsersDeps) {
    this.#deps = deps
  }

  /**
   * Makes a user, or finds the same one again; an empty secret is made up.
   * @throws REQUEST_INVALID, USER_EXISTS, FABRIC_ENROLL_FAILED
   */
  async register(owner: UserOwner, name: string, secret: string): Promise<string> {
    requireName(name)
    if (Buffer.byteLength(secret) > secretBytesMax) throw invalid('body.secret is too long.')
    const known = this.#secrets(owner, name)
    const isOther = secret !== '' && !isSame(known?.secret, secret)
    if (known && (isOther || known.secret === undefined)) throw exists(name)
    const told = known?.secret ?? (secret || randomBytes(16).toString('hex'))
    if (!known) this.#add(owner, name, { secret: told })
    if (owner.service.keyMode === 'key-trust') await this.identity(owner, name)
    return told
  }

  /**
   * Has a user's own key certified; another one takes its place.
   * @throws USER_UNKNOWN, USER_SECRET_WRONG, CERTIFICATE_REQUEST_INVALID, FABRIC_ENROLL_FAILED
   */
  async enroll(
    owner: UserOwner,
    { name, secret, request }: { readonly name: string; secret: string; request: string },
  ): Promise<string> {
    if (!isSame(this.#known(owner, name).secret, secret)) {
      throw userError('USER_SECRET_WRONG', 'The secret is another.')
    }
    await requestOf(owner, name, request)
    return this.#certify(owner, name, request)
  }

  /**
   * The certificate of a user's own key. A name keeps its key, so that whoever has the application
   * alone is none of its users. The same again is the same certificate, until it ends soon.
   * @throws REQUEST_INVALID, USER_EXISTS, CERTIFICATE_REQUEST_INVALID, FABRIC_ENROLL_FAILED
   */
  async certificateFor(owner: UserOwner, name: string, request: string): Promise<string> {
    requireName(name)
    const key = await requestOf(owner, name, request)
    const known = this.#secrets(owner, name)
    const certificate = this.#row(owner, name)?.certificate
    if (known && key !== (known.ownKey ?? (certificate && keyIn(certificate)))) throw exists(name)
    if (certificate !== undefined && this.#isGood(certificate)) return certificate
    if (!known) this.#add(owner, name, { ownKey: key })
    return this.#shared(owner, name, () => this.#certify(owner, name, request))
  }

  /**
   * Who a user is on chain, with the key that the gateway keeps. The empty name is the
   * application's own, who is made when first asked for.
   * @throws USER_UNKNOWN, FABRIC_ENROLL_FAILED
   */
  async identity(owner: UserOwner, name: string): Promise<Enrolled> {
    if (name === '' && !this.#secrets(owner, name)) {
      this.#add(owner, name, { secret: randomBytes(16).toString('hex') })
    }
    const { key = '' } = this.#known(owner, name)
    const signing = keyOfBytes(Buffer.from(key, 'base64'))
    const { certificate } = this.#row(owner, name) ?? {}
    if (certificate !== undefined && this.#isGood(certificate)) return { certificate, key: signing }
    const renewed = await this.#shared(owner, name, async () =>
      this.#certify(owner, name, await certificateRequest(fullNameOf(owner, name), signing)),
    )
    return { certificate: renewed, key: signing }
  }

  /** The certificate that was issued last to a user who signs. @throws USER_UNKNOWN */
  certificate(owner: UserOwner, name: string): string {
    const certificate = this.#row(owner, name)?.certificate
    if (certificate !== undefined) return certificate
    throw unknown(name)
  }

  /** What a user is on chain, or would be. */
  shown(owner: UserOwner, name: string): ShownUser {
    const { mspId, name: channel } = owner.hosted
    const { certificate = '' } = this.#row(owner, name) ?? {}
    const shown = { name, commonName: fullNameOf(owner, name), mspId, channel }
    const isGood = certificate !== '' && this.#isGood(certificate)
    return isGood ? { ...shown, certificate } : shown
  }

  /** Shared by all who wait for the same one. */
  #shared(owner: UserOwner, name: string, renew: () => Promise<string>): Promise<string> {
    const place = contextOf(owner, name)
    const renewing =
      this.#underWay.get(place) ?? renew().finally(() => this.#underWay.delete(place))
    this.#underWay.set(place, renewing)
    return renewing
  }

  async #certify(owner: UserOwner, name: string, request: string): Promise<string> {
    const { enrolment: secret } = this.#known(owner, name)
    const asked = { name: fullNameOf(owner, name), secret }
    const certificate = await owner.hosted.withCa(async (ca, registrar) => {
      await ca.register({ ...asked, kind: 'client' }, registrar)
      return ca.certify({ ...asked, request })
    })
    this.#deps.store.certifyUser(ownerOf(owner), name, certificate)
    return certificate
  }

  #add(owner: UserOwner, name: string, told: Pick<Secrets, 'secret' | 'ownKey'>): void {
    const isKept = owner.service.keyMode === 'key-trust'
    const key = isKept ? Buffer.from(bytesOfKey(newCertificateKey())).toString('base64') : undefined
    const secrets: Secrets = {
      ...{ ...told, enrolment: randomBytes(24).toString('hex') },
      ...(key === undefined ? {} : { key }),
    }
    const bytes = Buffer.from(JSON.stringify(secrets))
    const wrapped = this.#deps.keys.wrap(bytes, contextOf(owner, name))
    this.#deps.store.addUser(ownerOf(owner), name, wrapped)
  }

  #row(owner: UserOwner, name: string): UserRow | undefined {
    return this.#deps.store.user(ownerOf(owner), name)
  }

  #secrets(owner: UserOwner, name: string): Secrets | undefined {
    const row = this.#row(owner, name)
    if (!row) return undefined
    const bytes = this.#deps.keys.unwrap(row.secrets, contextOf(owner, name))
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  }

  #known(owner: UserOwner, name: string): Secrets {
    const known = this.#secrets(owner, name)
    if (known) return known
    throw unknown(name)
  }

  #isGood(certificate: string): boolean {
    const until = new X509Certificate(certificate).validToDate.getTime() / 1000
    return until - this.#deps.clock.nowSeconds() > renewSeconds
  }
}

export const ownerOf = ({ served, caller }: Pick<UserOwner, 'served' | 'caller'>): Owner => ({
  ledger: served.ledger.id,
  application: caller.credential,
})

/** What stands in a user's certificate. The application's own begins as no name may. */
export const fullNameOf = ({ caller }: Pick<UserOwner, 'caller'>, name: string): string =>
  `${name}@${caller.credential}`

/** The key that a request in the name of a user is of. @throws CERTIFICATE_REQUEST_INVALID */
async function requestOf(owner: UserOwner, name: string, request: string): Promise<string> {
  const asked = await readCertificateRequest(request)
  const fullName = fullNameOf(owner, name)
  if (asked.name === fullName) return textOf(asked.key)
  const message = `The request: its common name is not ${fullName}.`
  throw fabricError('CERTIFICATE_REQUEST_INVALID', message)
}

const textOf = (key: KeyObject) => key.export({ type: 'spki', format: 'der' }).toString('base64')
const keyIn = (certificate: string) => textOf(new X509Certificate(certificate).publicKey)

const contextOf = (owner: UserOwner, name: string) => {
  const { ledger, application } = ownerOf(owner)
  return `bsn-user/${ledger}/${application}/${name}`
}

function requireName(name: string): void {
  if (!namePattern.test(name)) throw invalid('The name: up to 19 letters, digits, . _ and -.')
}

const invalid = (detail: string) => new CodedError('REQUEST_INVALID', detail)
const exists = (name: string) => userError('USER_EXISTS', `There is a user ${name} already.`)
const unknown = (name: string) =>
  userError('USER_UNKNOWN', `${JSON.stringify(name)} is not registered, or has no certificate.`)

function isSame(one: string | undefined, other: string): boolean {
  const [a, b] = [Buffer.from(one ?? ''), Buffer.from(other)]
  return one !== undefined && a.length === b.length && timingSafeEqual(a, b)
}
