import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { SearchDialog } from '../../app/search-dialog.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { BlockList } from './block-list.tsx'
import { EntryList } from './entry-list.tsx'
import { useHead, useLastBlocks } from './use-blocks.ts'

const route = getRouteApi('/explore')

/** /explore: search, the last blocks and the last entries. */
export function ExplorePage() {
  const { t } = useTranslation()
  const { q = '' } = route.useSearch()
  const navigate = route.useNavigate()
  const search = (text: string) =>
    void navigate({
      search: (before) => ({ ...before, q: text || undefined }) as object,
      replace: true,
    })
  return (
    <Page
      title={t('explore.title')}
      lead={t('explore.lead')}
      actions={
        <>
          <Link to="/explore/entries" className="button quiet">
            {t('explore.allEntries')}
          </Link>
          <Link to="/explore/keys" className="button quiet">
            {t('explore.keys')}
          </Link>
        </>
      }
    >
      <SearchDialog text={q} onText={search} />
      <div className="columns">
        <LastBlocks />
        <LastEntries />
      </div>
    </Page>
  )
}

function LastBlocks() {
  const { t } = useTranslation()
  const head = useHead()
  const blocks = useLastBlocks(head.data?.height, 12)
  return (
    <Section title={t('explore.lastBlocks')}>
      <Loaded query={head} lines={12}>
        {() => <BlockList blocks={blocks} />}
      </Loaded>
    </Section>
  )
}

function LastEntries() {
  const { t } = useTranslation()
  const { id, client } = useLedger()
  const head = useHead()
  const size = head.data?.size
  const query = useQuery({
    queryKey: [id, 'last entries', size],
    queryFn: () => client.list({ order: 'newest', limit: 12 }),
    enabled: size !== undefined,
    placeholderData: (before) => before,
  })
  return (
    <Section title={t('explore.lastEntries')}>
      <Loaded query={query} lines={12}>
        {({ entries }) => <EntryList entries={entries} />}
      </Loaded>
    </Section>
  )
}
