import {
  CodedError,
  type ControlAct,
  controlAct,
  type ProposalText,
  proposalDigest,
  signControl,
  type VoteChoice,
  voteChoices,
} from '@openbsn/sdk'
import type { Clock } from '../../kernel/clock.ts'
import type { Arguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { connectionOptions } from '../connection.ts'
import { submitControl } from '../control.ts'
import { fail } from '../fail.ts'
import { requireWritable, writeWhole } from '../files.ts'
import { flag, object, text, whole } from '../json-schema.ts'
import { actingMember, connectAsVoter, type MemberActor, memberOption } from '../member-file.ts'
import type { Output } from '../output.ts'
import { readProposalFile, textOfProposal } from '../proposal-file.ts'
import { votedText } from '../proposal-lines.ts'

export const command: Command = {
  description:
    'A vote stays as it is given. With --offline nothing is asked and nothing is sent: the vote ' +
    'is signed for the text in the file of --proposal, good until its deadline, and written to ' +
    '--out, for `bsn alliance send` on another machine.',
  examples: [
    'bsn alliance vote admit-bob yes',
    'bsn alliance vote admit-bob no --as eve.member',
    'bsn alliance vote admit-bob yes --as eve.member --offline --proposal p.json --out vote.cose',
  ],
  operands: [
    { name: 'ID', summary: 'Which proposal', required: true },
    { name: 'CHOICE', summary: voteChoices.join(', '), required: true },
  ],
  options: {
    ...memberOption,
    offline: { type: 'boolean', summary: 'Sign without a network' },
    proposal: { type: 'string', value: 'FILE', summary: 'With --offline: the proposal' },
    out: { type: 'string', value: 'FILE', summary: 'With --offline: file to write' },
    'dry-run': { type: 'boolean', summary: 'Check everything, send and write nothing' },
    force: { type: 'boolean', summary: 'Replace the file of --out where it exists' },
    ...connectionOptions,
  },
  output: object({
    proposal: text,
    member: text,
    choice: text,
    ledger: text,
    'status?': text,
    'file?': text,
    'index?': whole,
    'height?': whole,
    'dryRun?': flag,
  }),
  run: async (args, { out, clock }) => {
    const id = args.operand(0)
    const choice = voteChoices.find((one) => one === args.operand(1))
    if (!choice) {
      throw fail('CLI_OPTION_INVALID', `${args.operand(1)}: say ${voteChoices.join(', ')}.`)
    }
    if (args.has('offline')) await signOffline(args, { id, choice }, { out, clock })
    else await send(args, { id, choice }, { out, clock })
    return undefined
  },
}

type Cast = { readonly id: string; readonly choice: VoteChoice }
type Deps = { readonly out: Output; readonly clock: Clock }

async function send(args: Arguments, { id, choice }: Cast, { out, clock }: Deps): Promise<void> {
  const { client, ledger, member } = await connectAsVoter(args)
  const found = await client.proposal(id)
  const text = textOfProposal(found)
  out.note(votedText(text))
  if (args.has('dry-run')) {
    const cast = { proposal: id, member: member.id, choice, ledger, status: found.status }
    return out.answer({ ...cast, dryRun: true }, wouldSay(member.id, { id, choice }))
  }
  const left = text.deadline - clock.nowSeconds()
  // A vote ends with its deadline at the latest; one that is late is refused for that.
  const lifetimeSeconds = left > 0 ? Math.min(600, left) : 600
  const sender = { client, ledger, member, clock, lifetimeSeconds }
  const place = await submitControl(voteAct(text, choice), sender)
  const { status } = await client.proposal(id)
  const answer = { proposal: id, member: member.id, choice, ledger, status, ...place }
  out.answer(answer, `${member.id} says ${choice} to ${id}, which is ${status}`)
  if (status === 'passed') out.note(`next, when it is due: bsn alliance execute ${id}`)
}

const wouldSay = (member: string, { id, choice }: Cast) => `${member} would say ${choice} to ${id}`

const voteAct = (text: ProposalText, choice: VoteChoice): ControlAct =>
  controlAct('alliance-vote', { id: text.id, choice, digest: proposalDigest(text) })

async function signOffline(args: Arguments, { id, choice }: Cast, deps: Deps): Promise<void> {
  const [file, out] = ['proposal', 'out'].map((name) => args.optional(name))
  if (file === undefined || out === undefined) {
    throw fail('CLI_OPTION_MISSING', '--offline needs --proposal FILE and --out FILE.')
  }
  const force = args.has('force')
  await requireWritable(out, { force })
  const { text, ledger } = await readProposalFile(file)
  if (text.id !== id) throw fail('PROPOSAL_FILE_INVALID', `${file} is about ${text.id}, not ${id}.`)
  const actor = await actingMember(args)
  if (actor.ledger !== ledger) {
    throw fail('PROPOSAL_FILE_INVALID', `${file} is of the ledger ${ledger}, not ${actor.ledger}.`)
  }
  deps.out.note(votedText(text))
  const statement = await signed(text, choice, { actor, clock: deps.clock })
  const answer = { proposal: id, member: actor.id, choice, ledger, file: out }
  if (args.has('dry-run')) {
    return deps.out.answer({ ...answer, dryRun: true }, wouldSay(actor.id, { id, choice }))
  }
  await writeWhole(out, statement, { force })
  deps.out.answer(answer, `signed: ${actor.id} says ${choice} to ${id}, "${text.title}"`)
  deps.out.note(`next, where there is a network: bsn alliance send ${out}`)
}

async function signed(
  text: ProposalText,
  choice: VoteChoice,
  { actor, clock }: { readonly actor: MemberActor; readonly clock: Clock },
): Promise<Uint8Array> {
  const nowSeconds = clock.nowSeconds()
  const lifetimeSeconds = text.deadline - nowSeconds
  if (lifetimeSeconds <= 0) {
    throw new CodedError('PROPOSAL_CLOSED', `The time to vote on ${text.id} is over.`)
  }
  const { ledger, id: iss, signer } = actor
  return signControl(voteAct(text, choice), { ledger, iss, signer, nowSeconds, lifetimeSeconds })
}
