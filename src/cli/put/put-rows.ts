import { setTimeout } from 'node:timers/promises'
import {
  type Client,
  CodedError,
  fromBase64url,
  isCodedError,
  type Outcome,
  toBase64url,
} from '@openbsn/sdk'
import { fail } from '../fail.ts'
import { type Input, readRows } from '../rows/input.ts'
import type { Row } from '../rows/row.ts'
import type { Progress } from './progress.ts'
import type { ReceiptLine, ReceiptsFile } from './receipts-file.ts'
import { isSameAct, type RowAct, type RowWriter } from './row-writer.ts'

export type PutOptions = {
  readonly statementsMax: number
  readonly batchBytesMax: number
  /** Requests that are under way at the same time. */
  readonly inFlightMax: number
}

/** Measured on two cores: four requests of 500 leave them idle at times, 2,000 gain nothing. */
export const defaultPutOptions: PutOptions = {
  statementsMax: 500,
  batchBytesMax: 4 * 1024 * 1024,
  inFlightMax: 8,
}

export type PutDeps = {
  readonly client: Pick<Client, 'receipt'>
  readonly writer: RowWriter
  /** Absent where no receipts are kept. */
  readonly receipts: ReceiptsFile | undefined
  /** True for codes that would refuse every row alike: the run stops at the first of them. */
  readonly concernsSender: (code: string) => boolean
  readonly progress: Pick<Progress, 'add' | 'skip'>
  readonly signal: AbortSignal
}

export type Refused = {
  readonly file: string
  readonly row: number
  readonly code: string
  readonly detail: string
}

export type PutReport = {
  readonly appended: number
  readonly duplicates: number
  /** Rows whose receipts were in the receipts file already. */
  readonly skipped: number
  readonly refused: readonly Refused[]
  readonly interrupted: boolean
}

type Item = {
  readonly file: string
  readonly row: number
  readonly act: RowAct
  readonly group: string | undefined
  /** It has its receipt, and is sent again only because its group is. */
  readonly isDone: boolean
}

/**
 * Registers the rows of all inputs, in order. Rows are one act each, so a second run finds what
 * the first one registered, and registers nothing twice.
 * @throws RECEIPTS_*, GATEWAY_ANSWER_WRONG, OUTCOME_UNKNOWN, the gateway's own codes
 */
export async function putRows(
  inputs: readonly Input[],
  options: PutOptions,
  deps: PutDeps,
): Promise<PutReport> {
  const tally = { appended: 0, duplicates: 0, skipped: 0, refused: [] as Refused[] }
  const inFlight: Promise<Answered>[] = []

  async function settleOldest(): Promise<void> {
    const answered = await inFlight.shift()
    if (!answered) return
    const lines = await account(answered, tally, deps)
    await deps.receipts?.append(lines)
    deps.progress.add(answered.items.filter(({ isDone }) => !isDone).length)
  }

  const onSkipped = () => {
    tally.skipped++
    deps.progress.skip(1)
  }
  for await (const items of batches(inputs, options, { ...deps, onSkipped })) {
    if (inFlight.length >= options.inFlightMax) await settleOldest()
    if (deps.signal.aborted) break
    const answer = send(items, deps)
    // An error of a later batch waits for its turn; without this it would end the process.
    answer.catch(() => undefined)
    inFlight.push(answer)
  }
  while (inFlight.length > 0) await settleOldest()
  return { ...tally, interrupted: deps.signal.aborted }
}

async function* batches(
  inputs: readonly Input[],
  { statementsMax, batchBytesMax }: PutOptions,
  deps: PutDeps & { readonly onSkipped: () => void },
): AsyncGenerator<Item[]> {
  let items: Item[] = []
  let bytes = 0
  for await (const item of pendingItems(inputs, deps)) {
    const [first] = items
    if (first && first.group !== item.group) {
      if (!isAllDone(items)) yield items
      items = []
      bytes = 0
    }
    items.push(item)
    bytes += item.act.sizeBytes
    if (item.group !== undefined || (items.length < statementsMax && bytes < batchBytesMax)) {
      continue
    }
    yield items
    items = []
    bytes = 0
  }
  if (!isAllDone(items)) yield items
}

const isAllDone = (items: readonly Item[]) => items.every(({ isDone }) => isDone)

async function* pendingItems(
  inputs: readonly Input[],
  deps: PutDeps & { readonly onSkipped: () => void },
): AsyncGenerator<Item> {
  const { receipts, writer, onSkipped, signal } = deps
  for (const input of inputs) {
    for await (const row of readRows(input)) {
      if (signal.aborted) return
      const isDone = await isDoneBefore(row, input, deps)
      const group = writer.group(input, row.number)
      if (isDone) onSkipped()
      if (isDone && group === undefined) continue
      const act = await writer.act(row, input)
      yield { file: input.name, row: row.number, act, group, isDone }
    }
  }
  await receipts?.endOfRows()
}

/** Refused rows make gaps in a receipts file; beyond so many it is taken for another input's. */
const gapMax = 10_000

async function isDoneBefore(row: Row, input: Input, { receipts, writer }: PutDeps) {
  if (!receipts) return false
  return receipts.isDone(writer.actId(input, row.number), function* later() {
    const last = Math.min(input.rows, row.number + gapMax)
    for (let number = row.number + 1; number <= last; number++) yield writer.actId(input, number)
  })
}

type Answered = { readonly items: readonly Item[]; readonly outcomes: readonly Outcome[] }

async function send(items: readonly Item[], { writer, receipts }: PutDeps): Promise<Answered> {
  const acts = items.map(({ act }) => act)
  return { items, outcomes: await writer.send(acts, receipts !== undefined) }
}

type Tally = { appended: number; duplicates: number; refused: Refused[] }

async function account({ items, outcomes }: Answered, tally: Tally, deps: PutDeps) {
  const lines: ReceiptLine[] = []
  for (const [place, item] of items.entries()) {
    const outcome = outcomes[place]
    if (!outcome || item.isDone) continue
    if (outcome.outcome === 'refused') {
      const { code, detail } = outcome
      if (deps.concernsSender(code)) throw new CodedError(code, detail)
      tally.refused.push({ file: item.file, row: item.row, code, detail })
      continue
    }
    if (outcome.outcome === 'appended') tally.appended++
    else tally.duplicates++
    if (deps.receipts) lines.push(await lineOf(item, outcome, deps))
  }
  return lines
}

type Registered = Exclude<Outcome, { outcome: 'refused' }>

async function lineOf(
  item: Item,
  outcome: Registered,
  { client, signal }: PutDeps,
): Promise<ReceiptLine> {
  const { index, statement = '' } = outcome
  requireSameAct(item, outcome)
  const isThere = outcome.receipt !== undefined && outcome.receipt !== 'pending'
  const receipt = isThere ? outcome.receipt : await awaitReceipt(index, { client, signal })
  return { index, statement, receipt }
}

/** A receipt is worth something only with the bytes that were sent, or those of the same act. */
function requireSameAct({ file, row, act }: Item, outcome: Registered): void {
  const returned = outcome.statement ?? ''
  const isNew = outcome.outcome === 'appended' && act.statement !== undefined
  if (isNew && returned === toBase64url(act.statement)) return
  const bytes = fromBase64url(returned)
  if (!isNew && bytes && isSameAct(bytes, act)) return
  const message = `${file}, row ${row}: the gateway returned other bytes than were sent.`
  throw fail('GATEWAY_ANSWER_WRONG', message, { details: { file, row, index: outcome.index } })
}

const pollMs = 200
const pollsMax = 150

/** Where several validators sign, a receipt comes a moment after its entry: 30 s at most. */
async function awaitReceipt(
  index: number,
  { client, signal }: Pick<PutDeps, 'client' | 'signal'>,
): Promise<string> {
  for (let poll = 1; ; poll++) {
    try {
      return toBase64url(await client.receipt(index))
    } catch (error) {
      const isPending = isCodedError(error) && error.code === 'RECEIPT_PENDING'
      if (!isPending || poll >= pollsMax || signal.aborted) throw error
      await setTimeout(pollMs)
    }
  }
}
