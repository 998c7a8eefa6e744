import type { FastifyReply } from 'fastify'
import type { Refusal } from '../../../crypto/check-statement.ts'
import type { Chain } from '../../../frameworks/evm/chain.ts'
import { createScreen } from '../../../services/screen-transactions.ts'
import type { Access, Holder } from '../../access/access.ts'
import type { RpcUsage } from '../../rpc-usage.ts'
import type { FilterBudget } from './filter-budget.ts'
import type { BadCall, RpcCall } from './rpc-calls.ts'
import { type RpcFault, rpcCodes } from './rpc-errors.ts'
import { type MethodRule, methodRule } from './rpc-methods.ts'

export type JudgeDeps = {
  readonly access: Access
  readonly usage: RpcUsage
  readonly filters: FilterBudget
}

/** Who asks for what, and how. */
export type Asker = {
  readonly holder: Holder
  readonly chain: Chain
  /** Where the headers about limits go; over a WebSocket there are none. */
  readonly reply?: FastifyReply
  /** A WebSocket, and one call by itself. */
  readonly maySubscribe: boolean
}

/** A call that the chain may be asked, or why not. */
export type Judged =
  | { readonly call: RpcCall; readonly rule: MethodRule }
  | { readonly call: RpcCall | BadCall; readonly fault: RpcFault; readonly isLimit?: boolean }

/** Decides on the calls of one request, and counts them all in the end. */
export type Judge = {
  /** Each call by itself: one refusal stops no other. */
  judge(call: RpcCall | BadCall): Judged
  /** Takes them off the limits, meters them, and tells the caller where it stands. */
  settle(): void
}

/** What one request asks. Nothing else may run between its first call and `settle`. */
export function createJudge(deps: JudgeDeps, asker: Asker): Judge {
  const rights = new Map<string, Refusal | undefined>()
  const tab = openTab(deps, asker)
  const judge: Judge['judge'] = (call) => {
    if ('fault' in call) return { call, fault: call.fault }
    const rule = methodRule(asker.chain.kind, call.method)
    if (!rule) return { call, fault: notOffered(call.method) }
    if (rule.isSocketOnly && !asker.maySubscribe) {
      const message = `${call.method} goes over a WebSocket (…/ws), by itself.`
      return { call, fault: { code: rpcCodes.methodNotFound, message } }
    }
    const { holder } = asker
    if (!rights.has(rule.function)) rights.set(rule.function, rightTo(deps, holder, rule))
    const missing = rights.get(rule.function)
    if (missing) return { call, fault: asFault(missing) }
    const wrong = rule.check?.(call.params, asker.chain.chainId)
    if (wrong) return { call, fault: { code: rpcCodes.invalidParams, message: wrong } }
    const limit = tab.add(rule)
    if (limit) return { call, fault: { ...limit, retryable: true }, isLimit: true }
    return screened(asker, call, rule)
  }
  return { judge, settle: tab.settle }
}

function notOffered(method: string): RpcFault {
  const name = method.slice(0, 64)
  return { code: rpcCodes.methodNotFound, message: `The method ${name} is not offered here.` }
}

/** Why a caller may not do what a rule is for. */
export function rightTo(
  { access }: Pick<JudgeDeps, 'access'>,
  { served, caller }: Holder,
  rule: MethodRule,
) {
  const scope = rule.function === 'send' ? 'records:write' : 'records:read'
  const { service } = caller
  return access.whyNoMore(caller, { served, service, scope, function: rule.function })
}

/** What the service does not take now is no matter of who sends it. */
function asFault({ code, detail }: Refusal): RpcFault {
  const isService = code.startsWith('SERVICE_')
  return { code: isService ? rpcCodes.rejected : rpcCodes.unauthorized, message: detail }
}

type Tab = {
  /** Why a call is too much, or undefined where it counts. */
  add(rule: MethodRule): RpcFault | undefined
  settle(): void
}

/**
 * What the calls of one request cost together: the limits are looked at when it begins and taken
 * from when it ends, both in one step of one thread.
 */
export function openTab(
  { access, usage, filters }: JudgeDeps,
  { holder, chain, reply }: Asker,
): Tab {
  const { served, caller, writesPerDay = Number.POSITIVE_INFINITY } = holder
  let left = access.left(served, caller)
  const spent = { calls: 0, cost: 0, transactions: 0 }
  let asked = 0
  const limited = (message: string) => ({ code: rpcCodes.limitExceeded, message })
  return {
    add({ function: name, cost, makesFilter }) {
      asked += cost
      // One that costs more than is left passes, so that a small limit keeps nobody from anything.
      if (left === 0) return limited('More calls than the limit of this key allows in a second.')
      left = Math.max(0, left - cost)
      const sends = name === 'send' ? 1 : 0
      if (sends && usage.today(holder).transactions + spent.transactions >= writesPerDay) {
        return limited(`More than ${writesPerDay} transactions of this key today.`)
      }
      if (makesFilter && !filters.take(chain)) {
        return limited('This chain has as many filters as may be: they end five minutes after use.')
      }
      spent.calls++
      spent.cost += cost
      spent.transactions += sends
      return undefined
    },
    settle() {
      if (asked === 0) return
      access.takeMore(reply, served, caller, asked)
      if (spent.calls > 0) usage.add(holder, spent)
    },
  }
}

/** The chain sees no transaction from or to an account that is frozen. */
function screened({ holder, chain }: Asker, call: RpcCall, rule: MethodRule): Judged {
  const { parties } = rule
  if (!parties) return { call, rule }
  const { served, caller } = holder
  const screen = createScreen(served.ledger)
  const refusal = screen(caller.service, () => parties(call.params, chain.chainId))
  if (!refusal) return { call, rule }
  return { call, fault: { code: rpcCodes.rejected, message: refusal.detail } }
}
