import { createGatewayFetch } from '#gateway-fetch'
import { type AllianceDirectory, createAllianceDirectory } from './alliance-client.ts'
import { type AnswerChecks, createAnswerChecks } from './answer-checks.ts'
import type {
  CheckpointAnswer,
  Entry,
  EntryPage,
  ListQuery,
  Outcome,
  StateAnswer,
} from './client-answers.ts'
import { type Consumers, createConsumers } from './consumers-client.ts'
import type { Contracts } from './contract-types.ts'
import { createContracts } from './contracts-client.ts'
import { createDirectory, type Directory } from './directory-client.ts'
import { readEvents } from './events.ts'
import { provenGateways } from './gateway-directory.ts'
import type { GatewayAddress } from './gateway-pool.ts'
import { answerError, bytesOf, createAskJson, parseJson, queryText } from './json-send.ts'
import { type TrustedKeys, verifyKeyBundle } from './key-bundle.ts'
import { createLedgerStatus, type LedgerStatus } from './ledgers-client.ts'
import { newestKeys } from './proven-roots.ts'
import { createRecords, type Records } from './records-client.ts'
import { createRequestLog, type RequestLog } from './request-log-client.ts'
import type { EventsQuery, ServiceEvent } from './service-event.ts'
import { encodeBatch } from './statement.ts'
import { createTransport, type Send, type TransportOptions } from './transport.ts'
import type { AnswerCheck, Request } from './try-gateway.ts'
import { createWebhooks, type Webhooks } from './webhooks-client.ts'

export type ClientOptions = TransportOptions & {
  /**
   * The ledger's keys, as `verifyKeyBundle` gives them: every receipt, checkpoint and proof in an
   * answer is checked by them, and a gateway that shows a false one is left for the next.
   */
  readonly keys?: TrustedKeys
  /** False where answers are not checked although there are keys. */
  readonly checkAnswers?: boolean
  /**
   * True where more gateways are taken from the ledger's own list of nodes, each one proven; with
   * an API key those of the operators that it names.
   */
  readonly directory?: boolean
}

/**
 * Talks to gateways about one ledger. A request that fails on its way, that is answered 429, 502,
 * 503 or 504, or that a gateway answers with what does not hold, is sent again unchanged, where
 * there are several gateways through the next: the same statement has one effect, however often it
 * arrives.
 */
export interface Client extends Directory, AllianceDirectory, LedgerStatus {
  /**
   * Registers statements, in order; one outcome each. A refused one does not touch the others.
   * @throws GATEWAY_UNREACHABLE (retryable; `details.fate` is `not_sent` or `unknown`),
   * GATEWAY_LIES where no gateway tells the truth, or the gateway's own code
   */
  submit(
    statements: readonly Uint8Array[],
    options?: { readonly receipts?: boolean; readonly signal?: AbortSignal },
  ): Promise<Outcome[]>
  entry(index: number): Promise<Entry>
  /**
   * The COSE receipt, or what `encodeReceipts` made of several. With the registered bytes it is
   * checked that it is theirs. @throws RECEIPT_PENDING, ENTRY_NOT_FOUND
   */
  receipt(index: number, statement?: Uint8Array): Promise<Uint8Array>
  list(query: ListQuery): Promise<EntryPage>
  checkpoint(height?: number): Promise<CheckpointAnswer>
  /** Hashes from `before` to `size`, for `isConsistent`. */
  consistency(before: number, size: number): Promise<Uint8Array[]>
  state(key: string): Promise<StateAnswer>
  /** The ledger's key bundle, for `verifyKeyBundle`. */
  keyBundle(): Promise<Uint8Array>
  /** JSON records of a service, which the city node signs in the credential's name. */
  records(service: string): Records
  /** Contracts of a service of EVM or Fabric, and its transactions. */
  contracts(service: string): Contracts
  webhooks(service: string): Webhooks
  /** What was asked at the gateway with credentials of a service. */
  requestLog(service: string): RequestLog
  /** Who reads the events of a service under a name, and how far each is. */
  consumers(service: string): Consumers
  /**
   * The events of a service, for ever: a connection that breaks is opened again where it was, maybe
   * to another gateway, so that nothing is missing and nothing comes twice. Ends by `signal` or
   * `break`. @throws what is refused for good, such as a revoked credential
   */
  events(service: string, query?: EventsQuery): AsyncGenerator<ServiceEvent, void, undefined>
}

/** @throws nothing; the first request does */
export function createClient(options: ClientOptions): Client {
  const { ledger, keys, checkAnswers = true } = options
  const checks = keys && checkAnswers ? createAnswerChecks(ledger, keys) : undefined
  const learn = options.directory
    ? (more: Send) => learnGateways(more, options, () => checks?.keys ?? keys)
    : undefined
  const doFetch = options.fetch ?? createGatewayFetch({ ledger, ...(keys ? { keys } : {}) })
  const { send, open } = createTransport({ ...options, fetch: doFetch }, learn)
  const ask = createAskJson(send)
  const { nowSeconds } = options
  const nowMs = nowSeconds && (() => nowSeconds() * 1000)
  const json = async <T>(path: string, request: Request = {}) =>
    parseJson<T>(await send(path, request))
  const bytes = (path: string, accept: string, check?: AnswerCheck) =>
    send(path, { headers: { accept }, ...checkedBy(check) })
  return {
    submit: (statements, how = {}) => submit(send, statements, how, checks),
    entry: async (index) => {
      const { statement, ...rest } = await json<Omit<Entry, 'statement'> & { statement: string }>(
        `/entries/${index}`,
      )
      return { ...rest, statement: bytesOf(statement) }
    },
    receipt: (index, statement) =>
      bytes(`/entries/${index}/receipt`, 'application/cose', checks?.receipt(index, statement)),
    list: (query) => json(`/entries${queryText(query)}`),
    checkpoint: (height) =>
      json(
        height === undefined ? '/checkpoint' : `/checkpoint?height=${height}`,
        checkedBy(checks?.checkpoint(height)),
      ),
    consistency: async (before, size) => {
      const { path } = await json<{ path: string[] }>(
        `/proofs/consistency?from=${before}&to=${size}`,
      )
      return path.map(bytesOf)
    },
    state: (key) => json(statePath(key), checkedBy(checks?.state(key))),
    keyBundle: () => bytes('/keys', 'application/cbor', checks?.keyBundle),
    ...createDirectory(ask),
    ...createAllianceDirectory(ask),
    ...createLedgerStatus(ask),
    records: (service) =>
      createRecords(ask, service, (key, records) => checks?.written(service, key, records)),
    contracts: (service) => createContracts(ask, service, nowMs),
    webhooks: (service) => createWebhooks(ask, service),
    requestLog: (service) => createRequestLog(ask, service),
    consumers: (service) => createConsumers(ask, service),
    events: (service, query = {}) => {
      const { acknowledge } = createConsumers(ask, service)
      const retryDelayMs = options.retryDelayMs ?? 200
      return readEvents(service, query, { open, acknowledge, retryDelayMs })
    },
  }
}

const checkedBy = (check: AnswerCheck | undefined): Request => (check ? { check } : {})
const statePath = (key: string) => `/state?key=${encodeURIComponent(key)}`

/** By keys that are known, else by those that the ledger's id pins. */
async function learnGateways(
  send: Send,
  { ledger, apiKey, near }: ClientOptions,
  known: () => TrustedKeys | undefined,
): Promise<GatewayAddress[]> {
  const bundle = () => send('/keys', { headers: { accept: 'application/cbor' } })
  // Nodes are few and their keys change: a bundle of now judges what is shown now.
  const keys = newestKeys(verifyKeyBundle(await bundle(), ledger), known())
  const json = async <T>(path: string) => parseJson<T>(await send(path))
  return provenGateways(
    {
      nodes: (query) => json(`/nodes${queryText(query)}`),
      state: (key) => json(statePath(key)),
    },
    keys,
    { ...(apiKey ? { operators: apiKey.operators } : {}), ...(near ? { near } : {}) },
  )
}

async function submit(
  send: Send,
  statements: readonly Uint8Array[],
  how: { readonly receipts?: boolean; readonly signal?: AbortSignal },
  checks: AnswerChecks | undefined,
): Promise<Outcome[]> {
  const body = await send(how.receipts ? '/entries?include=receipt' : '/entries', {
    method: 'POST',
    headers: { 'content-type': 'application/cbor-seq' },
    body: encodeBatch(statements),
    ...(how.signal ? { signal: how.signal } : {}),
    ...(how.receipts ? checkedBy(checks?.submitted(statements)) : {}),
  })
  const { outcomes } = parseJson<{ outcomes: Outcome[] }>(body)
  if (outcomes?.length === statements.length) return outcomes
  throw answerError('with another number of outcomes than there were statements')
}
