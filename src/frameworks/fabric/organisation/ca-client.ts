import { createPrivateKey, type KeyObject } from 'node:crypto'
import { isCodedError } from '@openbsn/sdk'
import { fabricError } from '../errors.ts'
import { certificateRequest } from './certificate-request.ts'
import { signLowS } from './low-s.ts'

/** Who somebody is to Fabric: it stands in the certificate as its organisational unit. */
export type IdentityKind = 'orderer' | 'peer' | 'admin' | 'client'

/** A certificate in PEM, and its key. */
export type Enrolled = { readonly certificate: string; readonly key: KeyObject }

export type Enrolment = {
  readonly name: string
  /** Given out when the name was registered. */
  readonly secret: string
  readonly key: KeyObject
  /** For TLS: the host that it is for. */
  readonly tlsHosts?: readonly string[]
  /** For as long as whoever issues it, not for a year. */
  readonly lasting?: boolean
}

export type Requested = Pick<Enrolment, 'name' | 'secret'> & {
  /** PKCS #10 in PEM, in that name. */
  readonly request: string
}

export type Registration = {
  readonly name: string
  readonly secret: string
  readonly kind: IdentityKind
}

const timeoutMs = 10_000
/**
 * What a certificate authority of ours calls its rules for certificates that last. Fabric CA puts
 * attributes into every certificate, which beside the usual rules it lets those of two names have:
 * this one and `tls`.
 */
export const lastingProfile = 'ca'

/**
 * The interface of a Fabric CA (1.5) that an organisation's node needs.
 * @see https://hyperledger-fabric-ca.readthedocs.io
 */
export class CaClient {
  readonly #base: string

  /** `base` such as `http://127.0.0.1:7054`. */
  constructor(base: string) {
    this.#base = base
  }

  /** The certificates that issue, in PEM. @throws FABRIC_ENROLL_FAILED */
  async root(): Promise<string> {
    const { CAChain } = await this.#ask('GET', '/cainfo')
    return Buffer.from(String(CAChain), 'base64').toString('utf8')
  }

  /** Has a certificate issued. @throws FABRIC_ENROLL_FAILED */
  async enroll({ name, secret, key, tlsHosts, lasting }: Enrolment): Promise<Enrolled> {
    const request = await certificateRequest(name, key)
    const tls = tlsHosts === undefined ? {} : { profile: 'tls', hosts: tlsHosts }
    const how = lasting ? { profile: lastingProfile } : tls
    return { certificate: await this.certify({ name, secret, request }, how), key }
  }

  /** A certificate, in PEM, for whoever made the request. @throws FABRIC_ENROLL_FAILED */
  async certify({ name, secret, request }: Requested, more: object = {}): Promise<string> {
    const body = JSON.stringify({ certificate_request: request, ...more })
    const basic = Buffer.from(`${name}:${secret}`).toString('base64')
    const { Cert } = await this.#ask('POST', '/enroll', { body, authorization: `Basic ${basic}` })
    return Buffer.from(String(Cert), 'base64').toString('utf8')
  }

  /**
   * Lets a name enrol; false where it may already, and its secret is not changed.
   * @throws FABRIC_ENROLL_FAILED
   */
  async register({ name, secret, kind }: Registration, by: Enrolled): Promise<boolean> {
    const asked = { id: name, type: kind, secret, max_enrollments: -1, affiliation: '' }
    try {
      await this.#askAs(by, ['POST', '/identities'], asked)
      return true
    } catch (error) {
      if (isCodedError(error) && /is already registered/.test(error.message)) return false
      throw error
    }
  }

  /** Lets a name that is known enrol with another secret. @throws FABRIC_ENROLL_FAILED */
  async changeSecret({ name, secret }: Registration, by: Enrolled): Promise<void> {
    await this.#askAs(by, ['PUT', `/identities/${encodeURIComponent(name)}`], { secret })
  }

  async #askAs(by: Enrolled, [method, path]: readonly [string, string], asked: object) {
    const body = JSON.stringify(asked)
    const authorization = tokenOf(by, { method, path: `/api/v1${path}`, body })
    await this.#ask(method, path, { body, authorization })
  }

  async #ask(
    method: string,
    path: string,
    sent: { readonly body?: string; readonly authorization?: string } = {},
  ): Promise<Record<string, unknown>> {
    const { body, authorization } = sent
    const headers = {
      'content-type': 'application/json',
      // It is stopped in between: a connection that is kept would be to one that is gone.
      connection: 'close',
      ...(authorization === undefined ? {} : { authorization }),
    }
    const how = { method, headers, ...(body === undefined ? {} : { body }) }
    const signal = AbortSignal.timeout(timeoutMs)
    const failed = (said: string, cause?: unknown) =>
      fabricError('FABRIC_ENROLL_FAILED', `${method} ${path}: ${said}`, { cause })
    const answer = await fetch(`${this.#base}/api/v1${path}`, { ...how, signal }).catch(
      (cause: unknown) => {
        throw failed('the certificate authority does not answer', cause)
      },
    )
    const said: unknown = await answer.json().catch(() => undefined)
    const result = isRecord(said) && said.success === true ? said.result : undefined
    if (isRecord(result)) return result
    throw failed(JSON.stringify(isRecord(said) ? said.errors : said)?.slice(0, 300) ?? '')
  }
}

/** Proves who asks, as Fabric CA has it since 1.4: by the certificate over all of the request. */
function tokenOf(
  { certificate, key }: Enrolled,
  { method, path, body }: { readonly method: string; readonly path: string; readonly body: string },
): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const text = [method, base64(path), base64(body), base64(certificate)].join('.')
  const signature = signLowS(Buffer.from(text), key)
  return `${base64(certificate)}.${signature.toString('base64')}`
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A private key in PEM, as Fabric's programs read it (PKCS #8). */
export const pemOfKey = (key: KeyObject): string =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString()

/** The reverse of `pemOfKey`. */
export const keyOfPem = (text: string): KeyObject => createPrivateKey(text)
