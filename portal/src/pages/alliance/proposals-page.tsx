import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { everyPage } from '../../app/every-page.ts'
import { useLedger } from '../../app/ledger.tsx'
import { Badge } from '../../parts/badge.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Choice } from '../../parts/field.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { Time } from '../../parts/time.tsx'

const route = getRouteApi('/alliance/proposals')
const statuses = ['', 'open', 'passed', 'rejected', 'executed', 'failed'] as const

/** /alliance/proposals: what the members decide on, and decided. */
export function ProposalsPage() {
  const { t } = useTranslation()
  const { status = '' } = route.useSearch()
  const navigate = route.useNavigate()
  const { id, client } = useLedger()
  const query = useQuery({
    queryKey: [id, 'proposals', status],
    queryFn: () =>
      everyPage(async (page) => {
        const filter = status === '' ? {} : { status }
        const { proposals: items, next } = await client.proposals({ ...page, ...filter })
        return { items, next }
      }),
  })
  const choose = (next: string) =>
    void navigate({
      search: (before) => ({ ...before, status: next || undefined }) as typeof before,
      replace: true,
    })
  return (
    <Page
      title={t('proposals.title')}
      lead={t('proposals.lead')}
      over={<Link to="/alliance">{t('alliance.title')}</Link>}
      actions={
        <Link to="/alliance/propose" className="button">
          {t('propose.title')}
        </Link>
      }
    >
      <div className="filters">
        <Choice
          label={t('services.status')}
          value={statuses.find((one) => one === status) ?? ''}
          options={statuses.map((one) => [
            one,
            one === '' ? t('proposals.all') : t(`states.${one}`),
          ])}
          onChoose={choose}
        />
      </div>
      <Loaded query={query} lines={8}>
        {(proposals) =>
          proposals.length === 0 ? (
            <Empty title={t('proposals.none')} why={t('proposals.noneWhy')}>
              <CodeBlock text="bsn alliance propose --help" what={t('proposals.command')} />
            </Empty>
          ) : (
            <ul className="lines">
              {proposals
                .toSorted((a, b) => b.begun - a.begun)
                .map((one) => (
                  <li key={one.id}>
                    <Link to="/alliance/proposals/$id" params={{ id: one.id }}>
                      {one.title}
                    </Link>
                    <span className="faint">{one.proposer}</span>
                    <Time seconds={one.begun} />
                    <Badge state={one.status} />
                  </li>
                ))}
            </ul>
          )
        }
      </Loaded>
    </Page>
  )
}
