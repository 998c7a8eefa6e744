import type { ProposalView } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { liveMs } from '../../app/queries.ts'
import { Badge } from '../../parts/badge.tsx'
import { Facts } from '../../parts/facts.tsx'
import { useFormats } from '../../parts/formats.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { ExactTime } from '../../parts/time.tsx'
import { ActsView } from './acts-view.tsx'
import { Finish } from './finish.tsx'
import { ProposalChanges } from './proposal-changes.tsx'
import { ProposalTally } from './proposal-tally.tsx'
import { Vote } from './vote.tsx'
import { readActs, votedText } from './voted-text.ts'

const route = getRouteApi('/alliance/proposals/$id')

/** /alliance/proposals/ID: the exact change, the votes, and their count done again here. */
export function ProposalPage() {
  const { t } = useTranslation()
  const { id: name } = route.useParams()
  const { id, client } = useLedger()
  const query = useQuery({
    queryKey: [id, 'proposal', name],
    queryFn: () => client.proposal(name),
    refetchInterval: ({ state: { data } }) =>
      data?.status === 'open' || data?.status === 'passed' ? liveMs : false,
  })
  const { data } = query
  return (
    <Page
      over={<Link to="/alliance/proposals">{t('proposals.title')}</Link>}
      title={data?.title ?? name}
      lead={data?.reason}
      actions={data && <Badge state={data.status} />}
    >
      <Loaded query={query} lines={14}>
        {(proposal) => (
          <div className="columns wide-left">
            <div>
              <Acts proposal={proposal} />
              <ProposalChanges proposal={proposal} />
            </div>
            <div>
              <Vote proposal={proposal} />
              <Finish proposal={proposal} />
              <ProposalTally proposal={proposal} />
              <ProposalFacts proposal={proposal} />
            </div>
          </div>
        )}
      </Loaded>
    </Page>
  )
}

type Props = { readonly proposal: ProposalView }

function Acts({ proposal }: Props) {
  const { t } = useTranslation()
  return (
    <Section title={t('proposal.acts')} note={t('proposal.actsNote')}>
      <ActsView acts={readActs(votedText(proposal))} />
    </Section>
  )
}

function ProposalFacts({ proposal }: Props) {
  const { t } = useTranslation()
  const { duration, number } = useFormats()
  const { id, proposer, begun, deadline, lock, due, executed, outcome, subject } = proposal
  return (
    <Section title={t('proposal.facts')}>
      <Facts
        facts={[
          [t('proposal.id'), <code key="id">{id}</code>],
          [t('proposal.proposer'), proposer],
          [t('proposal.begun'), <ExactTime key="begun" seconds={begun} />],
          [t('proposal.deadline'), <ExactTime key="deadline" seconds={deadline} />],
          [t('proposal.lock'), lock === 0 ? t('alliance.atOnce') : duration(lock)],
          due === undefined
            ? undefined
            : [t('proposal.due'), <ExactTime key="due" seconds={due} />],
          subject === undefined ? undefined : [t('proposal.subject'), subject],
          executed === undefined
            ? undefined
            : [
                t('proposal.executed'),
                <Link key="entry" to="/explore/entries/$index" params={{ index: String(executed) }}>
                  #{number(executed)}
                </Link>,
              ],
          outcome === undefined
            ? undefined
            : [t('proposal.outcome'), <code key="outcome">{outcome}</code>],
        ]}
      />
    </Section>
  )
}
