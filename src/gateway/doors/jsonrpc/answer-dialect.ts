import { isCodedError } from '@openbsn/sdk'
import type { Dialect, DialectAnswer, DialectName } from '../../../frameworks/evm/chain.ts'
import { evmError } from '../../../frameworks/evm/errors.ts'
import { createScreen } from '../../../services/screen-transactions.ts'
import type { Metrics, RpcResult } from '../../metrics.ts'
import { type Asker, type JudgeDeps, openTab, rightTo } from './judge-call.ts'
import { type PlainReply, plainReplies } from './plain-replies.ts'
import { dialectRules } from './rpc-methods.ts'

export type DialectDeps = JudgeDeps & { readonly metrics: Pick<Metrics, 'rpcCalls'> }

export type DialectAsk = Omit<Asker, 'maySubscribe'> & {
  readonly dialect: Dialect
  readonly name: DialectName
  readonly method: 'GET' | 'POST'
  /** As `DialectRequest` has it; undefined where it leads elsewhere. */
  readonly path: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | undefined
  readonly signal: AbortSignal
}

/** Asks a chain in a dialect of its own: what is right to ask goes there, and comes, as it is. */
export async function answerDialect(
  ask: DialectAsk,
  deps: DialectDeps,
): Promise<DialectAnswer | PlainReply> {
  const { dialect, name, method, path, headers, body, signal } = ask
  const count = (result: RpcResult) => deps.metrics.rpcCalls(name, result, 1)
  const refuse = (refusal: PlainReply) => {
    count(refusal.status === 429 ? 'limited' : 'refused')
    return refusal
  }
  // Whatever the limits say it reaches no chain, so it costs nothing.
  if (path === undefined) return refuse(plainReplies.unreadable)
  const refusal = judge(ask, deps)
  if (refusal) return refuse(refusal)
  try {
    const answer = await dialect.ask({ method, path, headers, body, signal })
    count('answered')
    return answer
  } catch (error) {
    if (!isCodedError(error) || !error.code.startsWith('CHAIN_')) throw error
    count('failed')
    return error.retryable ? plainReplies.away : plainReplies.failed
  }
}

/** Why it is not passed on. What the caller may ask counts against its limits, and is metered. */
function judge(ask: DialectAsk, deps: DialectDeps): PlainReply | undefined {
  const { holder, method } = ask
  const rule = dialectRules[method]
  const missing = rightTo(deps, holder, rule)
  if (missing) return { status: 403, message: missing.detail }
  const tab = openTab(deps, { ...ask, maySubscribe: false })
  const limit = tab.add(rule)
  tab.settle()
  if (limit) return plainReplies.overLimit
  const refusal = rule.function === 'send' ? screened(ask) : undefined
  return refusal && { status: 403, message: refusal.detail }
}

/** Whom it is from and to, only the chain can read. */
function screened({ name, holder: { served, caller } }: DialectAsk) {
  return createScreen(served.ledger)(caller.service, () => {
    const why = `so nothing is posted by ${name}, where nobody here can read who is concerned`
    throw evmError('TRANSACTION_INVALID', `${caller.service} has frozen accounts, ${why}.`)
  })
}
