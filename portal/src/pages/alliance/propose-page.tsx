import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { Choice } from '../../parts/field.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { type ProposableKind, proposable } from './proposable.ts'
import { ProposeForm } from './propose-form.tsx'

const route = getRouteApi('/alliance/propose')
const kinds = Object.keys(proposable) as ProposableKind[]

/** /alliance/propose: what is put to the vote, looked at and signed by a member's own key. */
export function ProposePage() {
  const { t } = useTranslation()
  const { kind: asked } = route.useSearch()
  const kind = kinds.find((one) => one === asked) ?? 'admit'
  const navigate = route.useNavigate()
  const { id, client } = useLedger()
  const query = useQuery({
    queryKey: [id, 'alliance and members'],
    queryFn: async () => {
      const [alliance, { members }] = await Promise.all([
        client.alliance(),
        client.members({ limit: 1000 }),
      ])
      return { alliance, members }
    },
  })
  const choose = (next: ProposableKind) =>
    void navigate({ search: (before) => ({ ...before, kind: next }) as typeof before })
  return (
    <Page
      over={<Link to="/alliance/proposals">{t('proposals.title')}</Link>}
      title={t('propose.title')}
      lead={t('propose.lead')}
    >
      <div className="filters">
        <Choice
          label={t('propose.kind')}
          value={kind}
          options={kinds.map((one) => [one, t(`propose.kinds.${one}`)] as const)}
          onChoose={choose}
        />
      </div>
      <Loaded query={query} lines={10}>
        {(now) => <ProposeForm key={kind} kind={kind} now={now} />}
      </Loaded>
    </Page>
  )
}
