import { toBase64url } from './base64url.ts'
import type { ContractLog } from './contract-types.ts'
import type { ControlFields, ControlName } from './control.ts'
import type { UsageAnswer, UsageQuery } from './directory-client.ts'
import { CodedError } from './errors.ts'
import { type AskJson, askAll, queryText } from './json-send.ts'
import { noAnswer } from './no-answer.ts'
import type {
  NewPortalAccount,
  PortalAct,
  PortalInvitation,
  PortalMe,
  PortalMember,
  PortalPasskey,
  PortalRole,
  PortalState,
  SignInState,
  StepUpProof,
  WebAuthnAnswer,
  WebAuthnOptions,
} from './portal-types.ts'
import { newIdempotencyKey } from './records-client.ts'
import type { RequestLogPage, RequestLogQuery } from './request-log-client.ts'
import { problemOf } from './try-gateway.ts'
import { createWebhooks, type Webhooks } from './webhooks-client.ts'

export type PortalClientOptions = {
  /** Address of the portal, such as http://localhost:8420. A page names its own origin. */
  readonly portal: string
  /** One that keeps cookies: a browser's does, Node's does not. */
  readonly fetch?: typeof fetch
  /** Of one try; 30 s where not said. */
  readonly timeoutMs?: number
  /** Wait before an act is sent again that may have arrived; it doubles each time. */
  readonly retryDelayMs?: number
}

/** Accounts, organisations, and what their members do on ledgers. */
export interface PortalClient {
  state(): Promise<PortalState>
  /** The first account, by the setup link; from the machine itself. */
  setup(account: NewPortalAccount & { readonly organisation: string }): Promise<SignInState>
  /** An account by an invitation. */
  signUp(account: NewPortalAccount): Promise<SignInState>
  signIn(account: { readonly email: string; readonly password: string }): Promise<SignInState>
  /** The second step, where the first said `code`. A backup code is used up. */
  signInWithCode(
    code: { readonly code: string } | { readonly backupCode: string },
  ): Promise<SignInState>
  signOut(): Promise<void>
  /** @throws SIGN_IN_REQUIRED where nobody is signed in */
  me(): Promise<PortalMe>
  rename(name: string): Promise<void>
  /** All other sessions of the account end. */
  changePassword(passwords: { readonly present: string; readonly next: string }): Promise<void>
  endOtherSessions(): Promise<void>
  /** Good for 5 minutes; dangerous acts want it (STEP_UP_REQUIRED). */
  stepUp(proof: StepUpProof): Promise<{ readonly until: number }>
  readonly passkeys: {
    list(): Promise<readonly PortalPasskey[]>
    /** For `navigator.credentials.create`. */
    begin(): Promise<WebAuthnOptions>
    finish(name: string, answer: WebAuthnAnswer): Promise<PortalPasskey>
    remove(id: string): Promise<void>
    /** For `navigator.credentials.get`. */
    beginSignIn(): Promise<WebAuthnOptions>
    finishSignIn(answer: WebAuthnAnswer): Promise<SignInState>
    beginStepUp(): Promise<WebAuthnOptions>
  }
  /** The password is wanted where the account has one. */
  readonly totp: {
    begin(password?: string): Promise<{
      /** For the authenticator. */
      readonly uri: string
      /** Shown now and never again. */
      readonly backupCodes: readonly string[]
    }>
    confirm(code: string): Promise<void>
    remove(password?: string): Promise<void>
    newBackupCodes(password?: string): Promise<readonly string[]>
  }
  /** Single sign-on: the page goes where it says. */
  readonly oidc: { begin(): Promise<string>; link(): Promise<string> }
  readonly organisations: {
    create(name: string): Promise<{ readonly id: string; readonly name: string }>
    rename(organisation: string, name: string): Promise<void>
    /** Services that it published. */
    services(
      organisation: string,
    ): Promise<readonly { readonly ledger: string; readonly service: string }[]>
    /** What it takes part in, and as whom. */
    participants(
      organisation: string,
    ): Promise<
      readonly { readonly ledger: string; readonly service: string; readonly id: string }[]
    >
  }
  readonly members: {
    list(organisation: string): Promise<readonly PortalMember[]>
    changeRole(organisation: string, member: string, role: PortalRole): Promise<void>
    remove(organisation: string, member: string): Promise<void>
  }
  readonly invitations: {
    list(organisation: string): Promise<readonly PortalInvitation[]>
    /** The token is told once: hand it over as `/sign-up#TOKEN`. */
    create(
      organisation: string,
      invitation: { readonly role: PortalRole; readonly label: string },
    ): Promise<PortalInvitation & { readonly token: string }>
    withdraw(organisation: string, invitation: string): Promise<void>
    look(token: string): Promise<{
      /** Its name. */
      readonly organisation: string
      readonly role: PortalRole
      readonly invitedBy: string
      readonly expires: number
    }>
    /** By whoever is signed in. */
    accept(token: string): Promise<{ readonly organisation: string; readonly role: PortalRole }>
  }
  /**
   * Does an act on a ledger, signed by the operator of the node. Where no answer comes, the same is
   * sent again under its request key, which has one effect.
   * @throws the code of the ledger's refusal; CALL_FATE_UNKNOWN where it stays unknown: `acts.get`
   */
  act<A extends ControlName>(
    organisation: string,
    act: A,
    fields: ControlFields[A],
    how?: { readonly requestKey?: string; readonly ledger?: string },
  ): Promise<PortalAct>
  readonly acts: {
    get(organisation: string, requestKey: string): Promise<PortalAct>
    /** The newest first; `next` is the cursor of what follows. */
    list(
      organisation: string,
      cursor?: string,
    ): Promise<{ readonly acts: readonly PortalAct[]; readonly next?: string }>
  }
  /** Of a service that it published, also of its own credentials. @throws SERVICE_OF_OTHERS */
  webhooks(organisation: string, of: OwnService): Webhooks
  /** What was written to a service that it published, by day and credential. */
  usage(
    organisation: string,
    of: OwnService,
    query?: Omit<UsageQuery, 'service'>,
  ): Promise<UsageAnswer>
  /** What was asked at this node with credentials of a service that it published. */
  requestLog(organisation: string, of: OwnService, query?: RequestLogQuery): Promise<RequestLogPage>
  /**
   * Gives the package of a contract, a .tar.gz, to each city node of a service that it published;
   * `digest` is its SHA-256 in hex, as the contract is defined. @throws PACKAGE_*
   */
  sendPackage(
    organisation: string,
    of: OwnService,
    one: { readonly digest: string; readonly bytes: Uint8Array },
  ): Promise<readonly SentPackage[]>
  /** What a contract of Fabric of such a service printed on this node. @throws CONTRACT_* */
  contractLog(organisation: string, of: OwnService, contract: string): Promise<ContractLog>
  /** When its credentials were used last at this node; those that never were are not there. */
  lastUsed(organisation: string, of: OwnService): Promise<readonly LastUse[]>
}

/** A use of a credential; seconds since 1970. */
export type LastUse = { readonly credential: string; readonly used: number }

/** A city node that has a package now, or why not. */
export type SentPackage = { readonly node: string; readonly problem?: string }

/** A service that an organisation published, on the ledger that it is on. */
export type OwnService = { readonly ledger: string; readonly service: string }

/** A client of the API of accounts, which is for the portal's own pages. */
export function createPortalClient(options: PortalClientOptions): PortalClient {
  const ask = createAsk(options)
  const post = <T>(path: string, body: object = {}) => ask<T>('POST', path, body)
  const done = async (asked: Promise<unknown>) => void (await asked)
  return {
    state: () => ask('GET', ''),
    setup: (account) => post('/setup', account),
    signUp: (account) => post('/sign-up', account),
    signIn: (account) => post('/sign-in', account),
    signInWithCode: (code) => post('/sign-in/code', code),
    signOut: () => done(post('/sign-out')),
    me: () => ask('GET', '/me'),
    rename: (name) => done(ask('PATCH', '/me', { name })),
    changePassword: (passwords) => done(post('/me/password', passwords)),
    endOtherSessions: () => done(post('/me/sessions/end-others')),
    stepUp: (proof) => post('/step-up', proof),
    ...accountParts(ask),
    ...organisationParts(ask),
    act: (organisation, act, fields, { requestKey = newIdempotencyKey(), ledger } = {}) => {
      const named = ledger === undefined ? {} : { ledger }
      const body = { act, fields: jsonOf(fields), requestKey, ...named }
      const send = () => post<PortalAct>(`${pathOf(organisation)}/acts`, body)
      return sendAgain(send, options.retryDelayMs ?? 500)
    },
    acts: {
      get: (organisation, requestKey) =>
        ask('GET', `${pathOf(organisation)}/acts/${encodeURIComponent(requestKey)}`),
      list: (organisation, cursor) =>
        ask('GET', `${pathOf(organisation)}/acts${queryText({ cursor })}`),
    },
    webhooks: (organisation, { ledger, service }) =>
      createWebhooks(below(ask, `${pathOf(organisation)}/ledgers/${ledger}`), service),
    usage: (organisation, of, query = {}) =>
      ask('GET', `${ownPath(organisation, of)}/usage${queryText(query)}`),
    requestLog: (organisation, of, query = {}) =>
      ask('GET', `${ownPath(organisation, of)}/request-log${queryText(query)}`),
    sendPackage: async (organisation, of, { digest, bytes }) => {
      const path = `${ownPath(organisation, of)}/packages/${digest}`
      return (await ask<{ sent: SentPackage[] }>('PUT', path, bytes)).sent
    },
    contractLog: (organisation, of, contract) =>
      ask('GET', `${ownPath(organisation, of)}/contracts/${encodeURIComponent(contract)}/log`),
    lastUsed: (organisation, of) =>
      askAll(below(ask, ownPath(organisation, of)), '/last-used', 'credentials'),
  }
}

type Ask = <T>(method: string, path: string, body?: object) => Promise<T>

/** As a gateway is asked, below a path. */
const below =
  (ask: Ask, base: string): AskJson =>
  (path, { method = 'GET', body } = {}) =>
    ask(method, base + path, body as object | undefined)

const pathOf = (organisation: string) => `/organisations/${encodeURIComponent(organisation)}`

const ownPath = (organisation: string, { ledger, service }: OwnService) =>
  `${pathOf(organisation)}/ledgers/${ledger}/services/${encodeURIComponent(service)}`

function accountParts(ask: Ask): Pick<PortalClient, 'passkeys' | 'totp' | 'oidc'> {
  const post = <T>(path: string, body: object = {}) => ask<T>('POST', path, body)
  const given = (password: string | undefined) => (password === undefined ? {} : { password })
  return {
    passkeys: {
      list: async () => (await ask<{ passkeys: PortalPasskey[] }>('GET', '/me/passkeys')).passkeys,
      begin: () => post('/me/passkeys/begin'),
      finish: (name, response) => post('/me/passkeys', { name, response }),
      remove: async (id) => void (await ask('DELETE', `/me/passkeys/${encodeURIComponent(id)}`)),
      beginSignIn: () => post('/sign-in/passkey/begin'),
      finishSignIn: (response) => post('/sign-in/passkey/finish', { response }),
      beginStepUp: () => post('/step-up/passkey'),
    },
    totp: {
      begin: (password) => post('/me/totp', given(password)),
      confirm: async (code) => void (await post('/me/totp/confirm', { code })),
      remove: async (password) => void (await ask('DELETE', '/me/totp', given(password))),
      newBackupCodes: async (password) =>
        (await post<{ backupCodes: string[] }>('/me/totp/backup-codes', given(password)))
          .backupCodes,
    },
    oidc: {
      begin: async () => (await post<{ url: string }>('/oidc')).url,
      link: async () => (await post<{ url: string }>('/me/oidc')).url,
    },
  }
}

function organisationParts(
  ask: Ask,
): Pick<PortalClient, 'organisations' | 'members' | 'invitations'> {
  const post = <T>(path: string, body: object = {}) => ask<T>('POST', path, body)
  const memberOf = (organisation: string, member: string) =>
    `${pathOf(organisation)}/members/${encodeURIComponent(member)}`
  const listOf = async <K extends string, T>(path: string, name: K) =>
    (await ask<Record<K, T[]>>('GET', path))[name]
  return {
    organisations: {
      create: (name) => post('/organisations', { name }),
      rename: async (one, name) => void (await ask('PATCH', pathOf(one), { name })),
      services: (one) => listOf(`${pathOf(one)}/services`, 'services'),
      participants: (one) => listOf(`${pathOf(one)}/participants`, 'participants'),
    },
    members: {
      list: (one) => listOf(`${pathOf(one)}/members`, 'members'),
      changeRole: async (one, member, role) =>
        void (await ask('PATCH', memberOf(one, member), { role })),
      remove: async (one, member) => void (await ask('DELETE', memberOf(one, member))),
    },
    invitations: {
      list: (one) => listOf(`${pathOf(one)}/invitations`, 'invitations'),
      create: (one, invitation) => post(`${pathOf(one)}/invitations`, invitation),
      withdraw: async (one, id) =>
        void (await ask('DELETE', `${pathOf(one)}/invitations/${encodeURIComponent(id)}`)),
      look: (token) => post('/invitations/look', { token }),
      accept: (token) => post('/invitations/accept', { token }),
    },
  }
}

function createAsk({
  portal,
  fetch: doFetch = fetch,
  timeoutMs = 30_000,
}: PortalClientOptions): Ask {
  const { origin } = new URL(portal)
  return async <T>(method: string, path: string, body?: object) => {
    try {
      const { type, ...sent } = writtenOf(body)
      const isPackage = body instanceof Uint8Array
      const response = await doFetch(`${origin}/portal/v1${path}`, {
        method,
        // Browsers write Origin themselves and ignore this one; other programs have to say it.
        headers: { origin, ...type },
        credentials: 'same-origin',
        redirect: 'error',
        signal: AbortSignal.timeout(isPackage ? packageTimeoutMs : timeoutMs),
        ...sent,
      })
      if (!response.ok) throw await problemOf(response)
      const text = await response.text()
      return (text === '' ? undefined : JSON.parse(text)) as T
    } catch (cause) {
      if (cause instanceof CodedError) throw cause
      throw noAnswer(origin, cause)
    }
  }
}

/** A body with its type: JSON, but for a package. */
function writtenOf(body: object | undefined) {
  if (!body) return {}
  if (!(body instanceof Uint8Array)) {
    return { type: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  }
  return { type: { 'content-type': 'application/gzip' }, body: new Uint8Array(body) }
}

/** 32 MB on a slow line, and from there to the other nodes. */
const packageTimeoutMs = 600_000

const triesMax = 4

/** What has one effect is sent again where it may have come to something, or to nothing yet. */
async function sendAgain<T>(send: () => Promise<T>, delayMs: number): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await send()
    } catch (error) {
      const isOpen = error instanceof CodedError && error.retryable
      if (!isOpen || tries === triesMax) throw error
      await new Promise((resolve) => setTimeout(resolve, delayMs * 2 ** (tries - 1)))
    }
  }
}

/** Fields of an act as JSON has them: bytes as base64url, nothing where nothing is given. */
function jsonOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return toBase64url(value)
  if (Array.isArray(value)) return value.map(jsonOf)
  if (typeof value !== 'object' || value === null) return value
  const given = Object.entries(value).filter(([, one]) => one !== undefined)
  return Object.fromEntries(given.map(([name, one]) => [name, jsonOf(one)]))
}
