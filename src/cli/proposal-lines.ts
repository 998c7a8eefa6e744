import { decodeCbor, type ProposalText, type ProposalView } from '@openbsn/sdk'
import { plainCbor } from '../gateway/plain-cbor.ts'
import { fields, oneLine } from './output.ts'
import { textOfProposal } from './proposal-file.ts'
import { isoTime } from './values.ts'

/** A proposal for people: how it stands, what it does, and what would be different then. */
export function proposalLines(proposal: ProposalView): string {
  const { tally, votes, changes, refusal } = proposal
  const { id, title, reason, proposer, status, subject, executed, outcome } = proposal
  const due = proposal.due === undefined ? undefined : isoTime(proposal.due)
  const head = fields({
    ...{ id, title, reason, proposer, status, deadline: isoTime(proposal.deadline), due },
    ...{ 'new keys for': subject, 'executed in entry': executed, 'failed with': outcome },
    needs: `${share(proposal.quorum)} of the power, ${share(proposal.threshold)} of yes and no`,
    power: `yes ${tally.yes}, no ${tally.no}, abstain ${tally.abstain}, open ${tally.open}`,
  })
  const lists = [
    ...votes.map(({ member, choice }) => `vote: ${member} ${choice}`),
    ...actLines(textOfProposal(proposal)),
    ...(changes ?? []).map(
      ({ key, before, after }) => `would change: ${key}${diff(before, after)}`,
    ),
    ...(refusal ? [`cannot run now: ${refusal.code} ${refusal.detail}`] : []),
  ]
  return [head, ...lists.map(oneLine)].join('\n')
}

/** What somebody signs who votes: read from the bytes themselves. */
export function votedText(text: ProposalText): string {
  const { id, title, reason, deadline } = text
  const head = fields({ id, title, reason, deadline: isoTime(deadline) })
  return [head, ...actLines(text).map(oneLine)].join('\n')
}

function actLines({ acts }: Pick<ProposalText, 'acts'>): string[] {
  return acts.map((act) => {
    const [, contentType, bytes] = Array.isArray(act) ? act : []
    const payload = bytes instanceof Uint8Array ? plainCbor(decodeCbor(bytes)) : undefined
    return `act: ${nameOf(String(contentType))} ${text(payload)}`
  })
}

const share = ([part, whole]: readonly [number, number]) => `${part}/${whole}`
const nameOf = (contentType: string) =>
  contentType.replace(/^application\/vnd\.openbsn\.(.*)\+cbor$/, '$1')
const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

function diff(before: unknown, after: unknown): string {
  const [old = {}, now = {}] = [before, after].map((one) => (one ?? {}) as Record<string, unknown>)
  const names = Object.keys(now).filter((name) => name !== 'version')
  const changed = names.filter((name) => text(old[name]) !== text(now[name]))
  const parts = changed.map((name) => {
    const is = text(now[name])
    return old[name] === undefined ? ` ${name} ${is}` : ` ${name} ${text(old[name])} → ${is}`
  })
  const gone = Object.keys(old).filter((name) => now[name] === undefined)
  return [...parts, ...gone.map((name) => ` ${name} gone`)].join(',')
}
