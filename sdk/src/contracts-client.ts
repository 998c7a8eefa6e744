import type {
  CommittedCall,
  ContractRequestStatus,
  ContractSummary,
  Contracts,
  ContractTemplate,
  ContractWriteOptions,
} from './contract-types.ts'
import { CodedError, isCodedError } from './errors.ts'
import { createUserCalls } from './fabric/user-calls.ts'
import { type AskJson, askAll, bytesOf, queryText } from './json-send.ts'
import { keyedWrite, withRequest } from './keyed-write.ts'
import { newIdempotencyKey } from './records-client.ts'

/** What a gateway answers to a write. */
type Written =
  | ({ readonly state: 'committed' } & CommittedCall<object>)
  | { readonly state: 'pending'; readonly request: string }

/** @throws nothing; the first request does. `nowMs` stands in what users sign. */
export function createContracts(
  ask: AskJson,
  service: string,
  nowMs = () => performance.timeOrigin + performance.now(),
): Contracts {
  const base = `/services/${encodeURIComponent(service)}`
  const at = (contract: string) => `${base}/contracts/${encodeURIComponent(contract)}`
  const functionAt = (contract: string, how: string, name: string) =>
    `${at(contract)}/${how}/${encodeURIComponent(name)}`
  const post = <T>(path: string, body: object) => ask<T>(path, { method: 'POST', body })
  const status = (key: string) =>
    ask<ContractRequestStatus>(`${base}/requests/${encodeURIComponent(key)}`)

  async function write<Result>(
    path: string,
    body: object,
    { idempotencyKey = newIdempotencyKey(), signal, waitMs = 120_000 }: ContractWriteOptions,
  ): Promise<CommittedCall<Result>> {
    const given = { body, idempotencyKey, ...(signal ? { signal } : {}) }
    const written = await keyedWrite<Written>(ask, path, given)
    if (written.state !== 'pending') {
      const { state: _, ...committed } = written
      return committed as CommittedCall<Result>
    }
    const until = performance.now() + waitMs
    return ended<Result>(() => status(idempotencyKey), { idempotencyKey, until, signal })
  }

  const users = createUserCalls(ask, base, { nowMs, write })

  return {
    enroll: users.enroll,
    deploy: (contract, options = {}) => write(`${base}/contracts`, contract, options),
    send: (contract, name, args = [], { value, gas, user, ...options } = {}) =>
      user
        ? users.send(user, { contract, function: name, args }, options)
        : write(functionAt(contract, 'send', name), { args, value, gas }, options),
    sendTransaction: (transaction, options = {}) =>
      write(`${base}/transactions`, transaction, options),
    call: async (contract, name, args = [], { user, ...options } = {}) =>
      user
        ? users.call(user, { contract, function: name, args })
        : (
            await post<{ result: unknown }>(functionAt(contract, 'call', name), {
              args,
              ...options,
            })
          ).result,
    estimate: async (contract, name, args = [], options = {}) => {
      const body = { args, ...options }
      return (await post<{ gas: string }>(functionAt(contract, 'estimate', name), body)).gas
    },
    list: () => askAll<ContractSummary>(ask, `${base}/contracts`, 'contracts'),
    get: (contract) => ask(at(contract)),
    events: (contract, page = {}) => ask(`${at(contract)}/events${queryText(page)}`),
    log: (contract, query = {}) => ask(`${at(contract)}/log${queryText(query)}`),
    templates: async () =>
      (await ask<{ templates: ContractTemplate[] }>(`${base}/templates`)).templates,
    compile: (sources) => post(`${base}/compile`, sources),
    register: (name, contract) => ask(at(name), { method: 'PUT', body: contract }),
    verify: (contract, sources) => post(`${at(contract)}/verify`, sources),
    transaction: (hash) => ask(`${base}/transactions/${encodeURIComponent(hash)}`),
    proof: async (hash) => {
      const path = `${base}/transactions/${encodeURIComponent(hash)}/proof`
      const json = { headers: { accept: 'application/json' } }
      return bytesOf((await ask<{ receipt: string }>(path, json)).receipt)
    },
    status,
    account: () => ask(`${base}/account`),
  }
}

type Waiting = {
  readonly idempotencyKey: string
  /** By `performance.now()`. */
  readonly until: number
  readonly signal: AbortSignal | undefined
}

const [pauseMs, pauseMsMax] = [100, 2000]

/**
 * Asks until it is known what became of a write that is under way. `not_sent` is no answer here: a
 * node that does not see it yet would say the same.
 */
async function ended<Result>(
  status: () => Promise<ContractRequestStatus>,
  { idempotencyKey, until, signal }: Waiting,
): Promise<CommittedCall<Result>> {
  for (let pause = pauseMs; performance.now() < until; pause = Math.min(2 * pause, pauseMsMax)) {
    await sleep(Math.min(pause, until - performance.now()), signal)
    const known = await status().catch((error: unknown) => {
      if (isCodedError(error) && error.retryable) return undefined
      throw isCodedError(error) ? withRequest(error, idempotencyKey) : error
    })
    if (known?.state === 'committed') {
      const { state: _, ...committed } = known
      return { ...committed, isRepeat: false } as CommittedCall<Result>
    }
    if (known?.state === 'rejected') {
      throw new CodedError(known.code, known.detail, { details: { request: idempotencyKey } })
    }
  }
  const message = 'The transaction is not final on its chain by now: ask for its status later.'
  const details = { request: idempotencyKey, fate: 'unknown' }
  throw new CodedError('CALL_FATE_UNKNOWN', message, { retryable: true, details })
}

function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, milliseconds)
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort)
  })
}
