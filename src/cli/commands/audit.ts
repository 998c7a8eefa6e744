import { CodedError } from '@openbsn/sdk'
import { nearest } from '../../kernel/nearest.ts'
import { actNames } from '../../ledger/verify/act-replay.ts'
import type { Arguments } from '../arguments.ts'
import { actDocument, actHead, actRow, actSchema, servicesOf } from '../audit/act-document.ts'
import { type AuditedAct, auditLedger } from '../audit/audit-ledger.ts'
import type { Command } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { fail } from '../fail.ts'
import { requireWritable, writeWhole } from '../files.ts'
import { flag, list, object, text, whole } from '../json-schema.ts'
import { grouped } from '../put/progress.ts'
import { isoTime, timeSeconds } from '../values.ts'

export const command: Command = {
  description:
    'Every change of members, keys, services, participants, credentials and nodes: who did what, ' +
    'when, and what the object was before and after. No server is trusted: each act comes with ' +
    'its receipt, the objects are recomputed here by the rules from the genesis on, and at the ' +
    'end the recomputed state must have the root that the validators signed last, so that no act ' +
    'can be left out. Filters choose what is printed; everything is checked. Ends with 9, and ' +
    'prints no list, where anything does not hold. The one thing that a gateway can do is to ' +
    'show an older checkpoint: the time of the one that was compared is printed.',
  examples: [
    'bsn audit',
    'bsn audit --service flights --from 2026-11-01 --json',
    'bsn audit --member founder --act credential-create --receipts acts.ndjson',
  ],
  options: {
    service: { type: 'string', value: 'NAME', summary: 'Only acts that concern this service' },
    member: { type: 'string', value: 'ID', summary: 'Only acts of this member and its city nodes' },
    act: { type: 'string', value: 'NAME', summary: 'Only these acts, such as service-freeze' },
    from: { type: 'string', value: 'TIME', summary: 'From this block time on' },
    to: { type: 'string', value: 'TIME', summary: 'Before this block time' },
    receipts: {
      type: 'string',
      value: 'FILE',
      summary: 'Write statements and receipts there, for `bsn receipt verify --file`',
    },
    force: { type: 'boolean', summary: 'Replace the file of --receipts where it exists' },
    'skip-receipts': {
      type: 'boolean',
      summary: 'Compare the state alone: faster on long ledgers',
    },
    ...connectionOptions,
  },
  output: object({
    ledger: text,
    checked: whole,
    height: whole,
    size: whole,
    time: text,
    stateRoot: text,
    receipts: flag,
    acts: list(actSchema),
  }),
  run: async (args, { out }) => {
    requireAct(args)
    const isShown = filterOf(args)
    const file = args.optional('receipts')
    const receipts = !args.has('skip-receipts')
    if (file !== undefined) {
      if (!receipts)
        throw fail('CLI_OPTION_INVALID', '--skip-receipts: there would be no receipts.')
      await requireWritable(file, { force: args.has('force') })
    }
    const { client, ledger } = await connect(args)
    const { acts, head } = await auditLedger(client, { ledger, receipts })
    requireConcerned(args.optional('service'), acts)
    const shown = acts.filter(isShown)
    if (file !== undefined) {
      const lines = shown.map(({ line }) => `${JSON.stringify(line)}\n`).join('')
      await writeWhole(file, lines, { force: args.has('force') })
    }
    const { height, size, stateRoot } = head
    const time = isoTime(head.time)
    const checked = acts.length
    out.answer(
      { ledger, checked, height, size, time, stateRoot, receipts, acts: shown.map(actDocument) },
      shown.length === 0 ? '' : out.table(actHead, shown.map(actRow)),
    )
    out.note(
      `${grouped(checked)} acts lead to the state that the validators of ledger ${ledger} signed ` +
        `for block ${height} (${time})`,
    )
    return undefined
  },
}

/** A wrong name shall not look like a quiet ledger. @throws CLI_OPTION_INVALID */
function requireAct(args: Arguments): void {
  const name = args.optional('act')
  if (name === undefined || actNames.includes(name)) return
  const meant = nearest(name, actNames)
  const hint = meant === undefined ? `there are: ${actNames.join(', ')}.` : `is it ${meant}?`
  throw fail('CLI_OPTION_INVALID', `--act ${name}: there is no such act; ${hint}`)
}

/** What there is says the log, which was checked, and no gateway. @throws SERVICE_UNKNOWN */
export function requireConcerned(
  service: string | undefined,
  acts: readonly Pick<AuditedAct, 'changes'>[],
): void {
  if (service === undefined || acts.some((act) => servicesOf(act).has(service))) return
  throw new CodedError('SERVICE_UNKNOWN', `No act of this ledger concerns a service ${service}.`)
}

function filterOf(args: Arguments): (act: AuditedAct) => boolean {
  const [service, member, name] = ['service', 'member', 'act'].map((one) => args.optional(one))
  const [from = 0, to = Number.POSITIVE_INFINITY] = ['from', 'to'].map((one) =>
    timeSeconds(args, one),
  )
  return (act) =>
    (service === undefined || servicesOf(act).has(service)) &&
    (member === undefined || [`member/${member}`, `operator/${member}`].includes(act.by)) &&
    (name === undefined || act.act === name) &&
    act.time >= from &&
    act.time < to
}
