import { randomBytes, timingSafeEqual, X509Certificate } from 'node:crypto'
import { bytesOfKey, keyOfBytes, newCertificateKey } from '../../../crypto/certificates.ts'
import type { KeyEncryption } from '../../../crypto/key-encryption.ts'
import { fabricError } from '../../../frameworks/fabric/errors.ts'
import type { Enrolled } from '../../../frameworks/fabric/organisation/ca-client.ts'
import {
  certificateRequest,
  readCertificateRequest,
} from '../../../frameworks/fabric/organisation/certificate-request.ts'
import type { Clock } from '../../../kernel/clock.ts'
import type { Application } from './application.ts'
import type { BsnStore, Owner, UserRow } from './bsn-store.ts'
import { invalid } from './envelope.ts'
import { bsnError } from './errors.ts'

/** What is kept of a user, wrapped. */
type Secrets = {
  /** The client's own. */
  readonly secret: string
  /** What the certificate authority knows the user by; nobody is told it. */
  readonly enrolment: string
  /** PKCS #8 in base64, where the gateway signs. */
  readonly key?: string
}

export type UsersDeps = {
  readonly store: BsnStore
  readonly keys: KeyEncryption
  readonly clock: Clock
}

/** A certificate that ends so soon is made anew. */
const renewSeconds = 30 * 86_400
const namePattern = /^[\w.-]{1,19}$/
const secretBytesMax = 1024

/** Users of applications: people behind a participant's own system, each with a name on chain. */
export class BsnUsers {
  readonly #deps: UsersDeps
  readonly #underWay = new Map<string, Promise<string>>()

  constructor(deps: UsersDeps) {
    this.#deps = deps
  }

  /**
   * Makes a user, or finds the same one again; an empty secret is made up.
   * @throws REQUEST_INVALID, BSN_USER_EXISTS, FABRIC_ENROLL_FAILED
   */
  async register(application: Application, name: string, secret: string): Promise<string> {
    if (!namePattern.test(name)) throw invalid('body.name: up to 19 letters, digits, . _ and -.')
    if (Buffer.byteLength(secret) > secretBytesMax) throw invalid('body.secret is too long.')
    const known = this.#secrets(application, name)
    if (known && secret !== '' && !isSame(known.secret, secret)) {
      throw bsnError('BSN_USER_EXISTS', `There is a user ${name} already.`)
    }
    const own = known ?? this.#add(application, name, secret || randomBytes(16).toString('hex'))
    if (application.service.keyMode === 'key-trust') await this.identity(application, name)
    return own.secret
  }

  /**
   * Has a user's own key certified; another one takes its place.
   * @throws BSN_USER_UNKNOWN, BSN_SECRET_WRONG, CERTIFICATE_REQUEST_INVALID, FABRIC_ENROLL_FAILED
   */
  async enroll(
    application: Application,
    { name, secret, request }: { readonly name: string; secret: string; request: string },
  ): Promise<string> {
    const own = this.#known(application, name)
    if (!isSame(own.secret, secret)) throw bsnError('BSN_SECRET_WRONG', 'The secret is another.')
    const asked = await readCertificateRequest(request)
    const fullName = fullNameOf(application, name)
    if (asked.name !== fullName) {
      const message = `The request: its common name is not ${fullName}.`
      throw fabricError('CERTIFICATE_REQUEST_INVALID', message)
    }
    const certificate = await this.#certify(application, name, request)
    this.#deps.store.certifyUser(ownerOf(application), name, certificate)
    return certificate
  }

  /**
   * Who a user is on chain, with the key that the gateway keeps. The empty name is the
   * application's own, who is made when first asked for.
   * @throws BSN_USER_UNKNOWN, FABRIC_ENROLL_FAILED
   */
  async identity(application: Application, name: string): Promise<Enrolled> {
    if (name === '' && !this.#secrets(application, name)) {
      this.#add(application, name, randomBytes(16).toString('hex'))
    }
    const { key = '' } = this.#known(application, name)
    const signing = keyOfBytes(Buffer.from(key, 'base64'))
    const { certificate } = this.#row(application, name) ?? {}
    const isGood = certificate !== undefined && this.#secondsLeft(certificate) > renewSeconds
    if (isGood) return { certificate, key: signing }
    return { certificate: await this.#renewed(application, name, signing), key: signing }
  }

  /** The certificate that was issued last to a user who signs. @throws BSN_USER_UNKNOWN */
  certificate(application: Application, name: string): string {
    const certificate = this.#row(application, name)?.certificate
    if (certificate !== undefined) return certificate
    throw unknown(name)
  }

  /** Shared by all who wait for the same one. */
  #renewed(application: Application, name: string, key: Enrolled['key']): Promise<string> {
    const { ledger, application: id } = ownerOf(application)
    const place = `${ledger} ${id} ${name}`
    const renew = async () => {
      const request = await certificateRequest(fullNameOf(application, name), key)
      const certificate = await this.#certify(application, name, request)
      this.#deps.store.certifyUser(ownerOf(application), name, certificate)
      return certificate
    }
    const renewing =
      this.#underWay.get(place) ?? renew().finally(() => this.#underWay.delete(place))
    this.#underWay.set(place, renewing)
    return renewing
  }

  #certify(application: Application, name: string, request: string): Promise<string> {
    const { enrolment: secret } = this.#known(application, name)
    const asked = { name: fullNameOf(application, name), secret }
    return application.hosted.withCa(async (ca, registrar) => {
      await ca.register({ ...asked, kind: 'client' }, registrar)
      return ca.certify({ ...asked, request })
    })
  }

  #add(application: Application, name: string, secret: string): Secrets {
    const isKept = application.service.keyMode === 'key-trust'
    const key = isKept ? Buffer.from(bytesOfKey(newCertificateKey())).toString('base64') : undefined
    const secrets: Secrets = {
      ...{ secret, enrolment: randomBytes(24).toString('hex') },
      ...(key === undefined ? {} : { key }),
    }
    const bytes = Buffer.from(JSON.stringify(secrets))
    const wrapped = this.#deps.keys.wrap(bytes, contextOf(application, name))
    this.#deps.store.addUser(ownerOf(application), name, wrapped)
    return secrets
  }

  #row(application: Application, name: string): UserRow | undefined {
    return this.#deps.store.user(ownerOf(application), name)
  }

  #secrets(application: Application, name: string): Secrets | undefined {
    const row = this.#row(application, name)
    if (!row) return undefined
    const bytes = this.#deps.keys.unwrap(row.secrets, contextOf(application, name))
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  }

  #known(application: Application, name: string): Secrets {
    const known = this.#secrets(application, name)
    if (known) return known
    throw unknown(name)
  }

  #secondsLeft(certificate: string): number {
    const until = new X509Certificate(certificate).validToDate.getTime() / 1000
    return until - this.#deps.clock.nowSeconds()
  }
}

export const ownerOf = ({ served, caller }: Application): Owner => ({
  ledger: served.ledger.id,
  application: caller.credential,
})

/** What stands in a user's certificate. The application's own begins as no name may. */
export const fullNameOf = ({ named }: Pick<Application, 'named'>, name: string): string =>
  `${name}@${named.appCode}`

const contextOf = (application: Application, name: string) => {
  const { ledger, application: id } = ownerOf(application)
  return `bsn-user/${ledger}/${id}/${name}`
}

const unknown = (name: string) =>
  bsnError('BSN_USER_UNKNOWN', `${JSON.stringify(name)} is not registered, or has no certificate.`)

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
