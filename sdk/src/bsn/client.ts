import { CodedError } from '../errors.ts'
import { certificateRequest } from '../fabric/certificate-request.ts'
import { base64Of, fabricAlgorithm, publicKeyOfPem, signerOfPem } from '../fabric/pem.ts'
import { makeProposal } from '../fabric/proposal.ts'
import { createSigner } from '../signer.ts'
import { type BsnValue, isMac, macOf, macText, mapText } from './mac.ts'
import type {
  BsnAppInfo,
  BsnBlock,
  BsnCall,
  BsnCallResult,
  BsnEvent,
  BsnLedgerInfo,
  BsnNotification,
  BsnTransaction,
  BsnUser,
} from './types.ts'

export type BsnClientOptions = {
  /** Address of the city node's gateway, such as http://127.0.0.1:8420. */
  readonly gateway: string
  readonly userCode: string
  readonly appCode: string
  /** Of the application: PKCS #8 in PEM, on P-256, secp256k1 or the curve of SM2. */
  readonly privateKey: string
  /** Certificate or public key of the gateway in PEM: every answer is verified with it. */
  readonly gatewayKey: string
  /** Of one request; 30 s where absent. */
  readonly timeoutMs?: number
  readonly fetch?: typeof fetch
  /** Now, in milliseconds since 1970: it stands in what users sign. */
  readonly nowMs?: () => number
}

/** A block by one of its names; the first of them that is given counts. */
export type BsnBlockName = {
  readonly txId?: string
  readonly blockHash?: string
  readonly blockNumber?: number
}

/**
 * An application of BSN on Hyperledger Fabric, as its city nodes' gateways are spoken to. Every
 * method throws BSN_REFUSED with the gateway's words, and its own code as `details.code` where it
 * tells one; BSN_MAC_INVALID for an answer that the gateway did not sign; BSN_UNREACHABLE.
 */
export interface BsnClient {
  appInfo(): Promise<BsnAppInfo>
  /** Lets a user take part; in a key-trust service the gateway makes its key. */
  registerUser(name: string, secret?: string): Promise<{ name: string; secret: string }>
  /** Public-key-upload: makes the user's key here, and has it certified. */
  enrollUser(name: string, secret: string): Promise<BsnUser>
  /** Key-trust: calls a function in the name of a user whose key the gateway keeps. */
  call(call: BsnCall & { readonly userName?: string }): Promise<BsnCallResult>
  /** Public-key-upload: calls a function, signed here. */
  send(call: BsnCall & { readonly user: BsnUser }): Promise<BsnCallResult>
  transaction(txId: string): Promise<BsnTransaction>
  /** The transaction as Fabric has it: base64 of a ProcessedTransaction. */
  transactionData(txId: string): Promise<{ txId: string; transData: string }>
  block(name: BsnBlockName): Promise<BsnBlock>
  /** The block as Fabric has it: base64 of a Block. */
  blockData(name: BsnBlockName): Promise<{ blockNumber: number; blockData: string }>
  ledgerInfo(): Promise<BsnLedgerInfo>
  /** Has events of a chaincode sent to an address; `eventKey` is a name or a pattern. */
  onEvent(event: {
    readonly chainCode: string
    readonly eventKey: string
    readonly notifyUrl: string
    readonly attachArgs?: string
  }): Promise<{ eventId: string }>
  /** Has every new block told to an address. */
  onBlock(event: {
    readonly notifyUrl: string
    readonly attachArgs?: string
  }): Promise<{ eventId: string }>
  events(): Promise<readonly BsnEvent[]>
  removeEvent(eventId: string): Promise<void>
  /** What a notification says, once its signature is found right. @throws BSN_MAC_INVALID */
  readNotification(posted: unknown): BsnNotification
}

const fabric = '/api/fabric/v1'
const timeoutDefaultMs = 30_000

/** @throws KEY_INVALID */
export function createBsnClient(options: BsnClientOptions): BsnClient {
  const { userCode, appCode, nowMs = () => performance.timeOrigin + performance.now() } = options
  const signer = signerOfPem(options.privateKey)
  const gatewayKey = publicKeyOfPem(options.gatewayKey)
  let known: Promise<BsnAppInfo> | undefined

  /** Sends members in the order in which they are signed. */
  async function ask(path: string, body: Body, isSigned = true): Promise<BsnValue> {
    const text = userCode + appCode + Object.entries(body).map(memberText).join('')
    const mac = isSigned ? await macOf(text, signer) : ''
    const answer = await post(path, { header: { userCode, appCode }, mac, body }, options)
    const { code, msg } = answer.header
    const signed = `${code}${msg}${macText(answer.body)}`
    if (isSigned && !isMac(answer.mac, signed, gatewayKey)) {
      const message = `The answer of ${path} is not signed by the gateway's key: ${msg}`
      throw new CodedError('BSN_MAC_INVALID', message)
    }
    if (code === 0) return answer.body
    const { errCode, requestId } = answer.header
    const details = {
      ...(errCode === undefined ? {} : { code: errCode }),
      ...(requestId === undefined ? {} : { requestId }),
    }
    throw new CodedError('BSN_REFUSED', `${path}: ${msg}`, { details })
  }

  const get = async <T>(path: string, body: Body = {}) => (await ask(fabric + path, body)) as T
  const appInfo = () => {
    // What an application is does not change.
    known ??= ask('/api/app/getAppInfo', {}, false) as unknown as Promise<BsnAppInfo>
    known.catch(() => {
      known = undefined
    })
    return known
  }

  return {
    appInfo,
    registerUser: (name, secret = '') => get('/user/register', { name, secret }),
    async enrollUser(name, secret) {
      const algorithm = fabricAlgorithm()
      const key = createSigner(algorithm, algorithm.generateSecret())
      const csrPem = await certificateRequest(`${name}@${appCode}`, key)
      const { cert } = await get<{ cert: string }>('/user/enroll', { name, secret, csrPem })
      return { name, certificate: cert, signer: key }
    },
    call: ({ userName = '', chainCode, function: funcName, args = [], transient = {}, nonce }) =>
      get('/node/reqChainCode', {
        ...{ userName, nonce: base64Of(nonce ?? newNonce()), chainCode, funcName, args },
        transientData: transient,
      }),
    async send({ user, chainCode, function: called, args = [], transient = {}, nonce }) {
      const { channelId: channel, mspId } = await appInfo()
      const proposed = { channel, mspId, contract: chainCode, function: called, args, transient }
      const { certificate } = user
      const own = { certificate, nonce: nonce ?? newNonce(), nowMs: nowMs() }
      const { signed } = await makeProposal({ ...proposed, ...own }, user.signer)
      return get('/node/trans', { transData: base64Of(signed) })
    },
    transaction: (txId) => get('/node/getTransaction', { txId }),
    transactionData: (txId) => get('/node/getTransdata', { txId }),
    block: (name) => get('/node/getBlockInfo', blockMembers(name)),
    blockData: (name) => get('/node/getBlockData', blockMembers(name)),
    ledgerInfo: () => get('/node/getLedgerInfo'),
    onEvent: ({ chainCode, eventKey, notifyUrl, attachArgs = '' }) =>
      get('/chainCode/event/register', { chainCode, eventKey, notifyUrl, attachArgs }),
    onBlock: ({ notifyUrl, attachArgs = '' }) =>
      get('/chainCode/event/blockRegister', {
        ...{ chainCode: '', eventKey: '', notifyUrl, attachArgs },
      }),
    events: () => get('/chainCode/event/query'),
    removeEvent: async (eventId) => {
      await get('/chainCode/event/remove', { eventId })
    },
    readNotification(posted) {
      const { header, mac, body } = (posted ?? {}) as Partial<Notified>
      const named = `${header?.userCode}${header?.appCode}`
      if (named === userCode + appCode && isMac(mac, named + macText(body), gatewayKey)) {
        return body as unknown as BsnNotification
      }
      throw new CodedError('BSN_MAC_INVALID', 'The notification is not signed by the gateway.')
    },
  }
}

type Body = Readonly<Record<string, BsnValue>>
type Notified = { readonly header: Body; readonly mac: string; readonly body: BsnValue }
type Answer = {
  readonly header: {
    readonly code: number
    readonly msg: string
    readonly errCode?: string
    readonly requestId?: string
  }
  readonly mac: unknown
  readonly body: BsnValue
}

/** Of maps the keys are signed, too. */
function memberText([name, value]: readonly [string, BsnValue]): string {
  return name === 'transientData' ? mapText(value as Record<string, string>) : macText(value)
}

const blockMembers = ({ txId = '', blockHash = '', blockNumber = 0 }: BsnBlockName) => ({
  ...{ blockNumber, blockHash, txId },
})

const newNonce = () => crypto.getRandomValues(new Uint8Array(24))

async function post(
  path: string,
  sent: object,
  { gateway, timeoutMs = timeoutDefaultMs, fetch: send = fetch }: BsnClientOptions,
): Promise<Answer> {
  const address = gateway.replace(/\/+$/, '') + path
  try {
    const response = await send(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(sent),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const answer = (await response.json()) as Answer | null
    if (typeof answer?.header?.code === 'number') return answer
    throw new TypeError(`HTTP ${response.status} without a header`)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new CodedError('BSN_UNREACHABLE', `${address} did not answer as a gateway: ${why}`, {
      ...{ cause, retryable: true },
    })
  }
}
