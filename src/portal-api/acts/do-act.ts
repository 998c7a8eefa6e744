import { createHash } from 'node:crypto'
import {
  actIdentity,
  type CborMap,
  CodedError,
  encodeCbor,
  isCodedError,
  moduleOfAct,
  sha256,
  signControl,
  utf8,
} from '@openbsn/sdk'
import { fateUnknown, notSent } from '../../frameworks/errors.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { SubmitOutcome } from '../../ledger/ledger.ts'
import type { PortalLedger } from '../portal-deps.ts'
import type { ActName } from '../rights.ts'
import type { ActFate, PortalAct, PortalStore } from '../store/portal-store.ts'
import { payloadOf } from './act-payload.ts'
import { ownSubject } from './own-subject.ts'

/** An act as a member of an organisation asks for it. */
export type AskedAct = {
  readonly organisation: string
  readonly account: { readonly id: string; readonly name: string }
  readonly act: ActName
  readonly fields: JsonObject
  /** The same act under the same key has one effect. */
  readonly requestKey: string
}

/** What an act came to. */
export type DoneAct = {
  readonly act: PortalAct
  /** True where it was registered before it was asked for now. */
  readonly isRepeat: boolean
}

export type DoActDeps = { readonly store: PortalStore; readonly clock: Clock }

/** Time enough for every retry within the node; then the fate of an act is known for good. */
const lifetimeSeconds = 300

/**
 * Signs an act with the key of this node's operator and registers it. What is there, and what it
 * came to, is written down before and after, so that a crash between leaves a question, not a gap.
 * @throws SERVICE_OF_OTHERS, PARTICIPANT_OF_OTHERS, IDEMPOTENCY_KEY_REUSED, ACT_FIELDS_INVALID,
 * CALL_NOT_SENT, CALL_FATE_UNKNOWN, or the code of the ledger's refusal
 */
export async function doAct(
  asked: AskedAct,
  on: PortalLedger,
  { store, clock }: DoActDeps,
): Promise<DoneAct> {
  const { organisation, account, act, requestKey } = asked
  const { ledger, operator } = on
  if (!operator) throw notSent("This node has no operator's key to sign with.")
  const payload = payloadOf(act, asked.fields)
  const subject = await ownSubject(asked, { ledger, operator: operator.id, store })
  const time = clock.nowSeconds()
  const fresh: PortalAct = {
    ...{ organisation, requestKey, ledger: ledger.id, act, subject, time },
    content: contentOf(ledger.id, act, payload),
    expires: time + lifetimeSeconds,
    ...{ account: account.id, accountName: account.name, state: 'pending' },
  }
  const begun = await store.beginAct(fresh)
  if (begun.content !== fresh.content) {
    const message = `The request key was used for ${begun.act} on ${begun.subject}.`
    throw new CodedError('IDEMPOTENCY_KEY_REUSED', message)
  }
  if (begun.state === 'committed') return { act: begun, isRepeat: true }
  const statement = await signControl(
    { module: moduleOfAct(act), act, payload },
    {
      ...{ ledger: ledger.id, iss: operator.id, signer: operator.signer },
      // No try of an act outlives the time that is written down for it.
      ...{ nowSeconds: begun.time, lifetimeSeconds, cti: actId(begun) },
    },
  )
  const isFirst = begun.state === 'pending' && begun.time === time
  const told = await register(on, statement)
  const fate = isFirst ? told : fateAfterOthers(told)
  await settle(begun, fate, store)
  if (fate.state === 'committed') return { act: { ...begun, ...fate }, isRepeat: false }
  if (fate.state === 'rejected') throw new CodedError(fate.code ?? '', fate.detail ?? '')
  if (fate.state === 'not_sent') throw notSent(fate.detail ?? '')
  throw fateUnknown(fate.detail ?? '')
}

/** What became of an act, as the ledger has it by now. */
export async function resolveAct(
  act: PortalAct,
  on: PortalLedger | undefined,
  { store, clock }: DoActDeps,
): Promise<PortalAct> {
  if ((act.state !== 'pending' && act.state !== 'unknown') || !on?.operator) return act
  const { ledger, operator } = on
  const identity = actIdentity({
    ...{ ledger: ledger.id, service: moduleOfAct(act.act) },
    ...{ by: operator.id, id: actId(act) },
  })
  const index = ledger.findAct(identity)
  const entry = index === undefined ? undefined : ledger.entry(index)
  // Block time may be behind the clock: nothing is registered any more once both are past.
  const isOver = Math.min(clock.nowSeconds(), ledger.head.time) >= act.expires
  const fate: ActFate | undefined = entry
    ? { state: 'committed', entry: entry.index, height: entry.height }
    : isOver
      ? { state: 'not_sent' }
      : undefined
  if (!fate) return act
  await settle(act, fate, store)
  return { ...act, ...fate }
}

/** Writes down what an act came to; a service, or a part in one, is theirs from then on. */
async function settle(act: PortalAct, fate: ActFate, store: PortalStore): Promise<void> {
  const { ledger, subject, organisation } = act
  const isDone = fate.state === 'committed'
  if (isDone && act.act === 'service-create') {
    await store.ownService(ledger, subject.replace('service/', ''), organisation)
  }
  if (isDone && act.act === 'participant-apply') {
    await store.takePart(ledger, subject.replace('participant/', ''), organisation)
  }
  await store.endAct(act.organisation, act.requestKey, fate)
}

async function register({ ledger }: PortalLedger, statement: Uint8Array): Promise<ActFate> {
  try {
    const [outcome] = await ledger.submit([statement])
    return outcome ? fateOf(outcome) : { state: 'unknown' }
  } catch (error) {
    const code = isCodedError(error) ? error.code : ''
    const detail = error instanceof Error ? error.message : ''
    const isUnsent = ['LEDGER_BUSY', 'LEDGER_READ_ONLY', 'LEDGER_NO_QUORUM'].includes(code)
    return { state: isUnsent ? 'not_sent' : 'unknown', detail }
  }
}

/** What the answer to a later try says of all tries: an earlier one may be on its way still. */
function fateAfterOthers(told: ActFate): ActFate {
  if (told.state === 'not_sent') return { ...told, state: 'unknown' }
  if (told.code !== 'STATEMENT_EXPIRED') return told
  // It was not there, and the ledger's time never goes back: no try is registered any more.
  const { code: _, ...rest } = told
  return { ...rest, state: 'not_sent' }
}

function fateOf(outcome: SubmitOutcome): ActFate {
  if (outcome.outcome === 'refused') {
    const { code, detail } = outcome
    return { state: 'rejected', code, detail }
  }
  return { state: 'committed', entry: outcome.index, height: outcome.height }
}

/** Keys of organisations are their own, though one member signs for all of them. */
const actId = ({ organisation, requestKey }: Pick<PortalAct, 'organisation' | 'requestKey'>) =>
  sha256(utf8(`portal act\n${organisation}\n${requestKey}`))

function contentOf(ledger: string, act: string, payload: CborMap): string {
  const hash = createHash('sha256').update(`${ledger}\n${act}\n`)
  return hash.update(encodeCbor(payload)).digest('hex')
}
