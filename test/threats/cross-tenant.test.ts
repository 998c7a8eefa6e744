import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { apiKeyOf } from '../../src/testing/access.ts'
import { expected, type Rule, rules } from './access-rules.ts'
import { type Answer, openDrive, privately, secretOf } from './drive.ts'
import type { Operation } from './operations.ts'
import type { Caller } from './tenants.ts'

/** Services whose records an answer shows, as they are or in base64url. */
function shownIn({ body }: Answer): string[] {
  const text = body.toString('latin1')
  const decoded = (text.match(/[A-Za-z0-9_-]{24,}/g) ?? []).map((one) =>
    Buffer.from(one, 'base64url').toString('latin1'),
  )
  const all = [text, ...decoded].join('\n')
  return ['alpha', 'beta'].filter((service) => all.includes(secretOf(service)))
}

type Drive = Awaited<ReturnType<typeof openDrive>>
type Case = {
  readonly operation: Operation
  readonly rule: Rule
  readonly caller: Caller
  readonly target: string
}

/** Every operation with its rule, for every caller and every service. */
function casesOf({ operations, callers }: Drive): Case[] {
  return operations.flatMap((operation) => {
    const rule = rules[operation.operationId]
    assert.ok(rule, `${operation.operationId} has no rule: say who may do it`)
    return callers.flatMap((caller) =>
      ['alpha', 'beta', 'open'].map((target) => ({ operation, rule, caller, target })),
    )
  })
}

/** For services of contracts, or for both kinds; and what nobody may do there: read records. */
function isOfContracts(rule: Rule): boolean {
  if (rule.kind !== 'credential' || rule.isBlind) return false
  return (
    rule.frameworks !== undefined ||
    rule.contracts !== undefined ||
    rule.functions.includes('events')
  )
}

/** What is wrong with how a case is answered. */
async function faultsOf(one: Case, { ask, changes, kind }: Drive): Promise<string[]> {
  const { operation, rule, caller, target } = one
  const before = changes()
  const answer = await ask(operation, caller, target)
  const wanted = expected(rule, caller, target, kind)
  // A plain request shows by 426 that it came as far as the WebSocket.
  const got = answer.told === 'UPGRADE_REQUIRED' ? 'ok' : answer.told
  const isAllowed = got === 'ok'
  const mayShow = isAllowed && rule.kind !== 'anyone' ? [target] : []
  const shown = shownIn(answer).filter((service) => !mayShow.includes(service))
  const faults = [
    ...(got === wanted ? [] : [`${got}, not ${wanted}`]),
    ...(isAllowed || changes() === before ? [] : ['refused, and changed something']),
    ...shown.map((service) => `shows records of ${service}`),
  ]
  return faults.map((fault) => `${caller.name}, ${operation.operationId} of ${target}: ${fault}`)
}

/** Names of callers whose API key is in the log of requests, and what is wrong with the log. */
function leaksIn({ callers, database }: Drive): string[] {
  const rows = database.prepare('SELECT * FROM request_log').all()
  const text = JSON.stringify(rows)
  const leaks = callers.filter(({ name }) => text.includes(apiKeyOf(name).slice(5)))
  const wrong = [
    // What only its subject's key reads, and what only receivers know.
    ...[privately, 'whsec_'].filter((one) => text.includes(one)),
    ...(rows.length >= 100 ? [] : [`only ${rows.length} requests are logged`]),
  ]
  return [...leaks.map(({ name }) => name), ...wrong]
}

describe('every operation, asked by everybody about every service', () => {
  it('does what the rules say and no more: it shows and changes nothing else', async (t) => {
    const drive = await openDrive(t)
    const known = drive.operations.map(({ operationId }) => operationId)
    const stale = Object.keys(rules).filter((one) => !known.includes(one))
    assert.deepEqual(stale, [], 'every rule has an operation')
    const cases = casesOf(drive)
    const faults: string[] = []
    for (const one of cases) faults.push(...(await faultsOf(one, drive)))
    t.diagnostic(`${cases.length} requests`)
    assert.deepEqual(faults, [])
    assert.deepEqual(leaksIn(drive), [])
  })

  for (const kind of ['evm', 'fabric'] as const) {
    it(`does the same in services of contracts (${kind})`, async (t) => {
      const drive = await openDrive(t, kind)
      const faults: string[] = []
      const cases = casesOf(drive).filter(({ rule }) => isOfContracts(rule))
      for (const one of cases) faults.push(...(await faultsOf(one, drive)))
      t.diagnostic(`${cases.length} requests`)
      assert.deepEqual(faults, [])
    })
  }
})
