import {
  type CheckpointAnswer,
  fromBase64url,
  isCodedError,
  verifyCheckpoints,
  verifyKeyBundle,
} from '@openbsn/sdk'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { Facts } from '../../parts/facts.tsx'
import { useFormats } from '../../parts/formats.ts'
import { Id } from '../../parts/id.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { ExactTime } from '../../parts/time.tsx'
import { Holds } from '../../parts/verdict.tsx'
import { BlockEntries } from './block-entries.tsx'
import { checkByKeys } from './by-keys.ts'
import { checkpointQuery, useHead } from './use-blocks.ts'

const route = getRouteApi('/explore/blocks/$height')

/** /explore/blocks/H: what the validators signed, verified here, and the entries of the block. */
export function BlockPage() {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { height: text } = route.useParams()
  const { id, client } = useLedger()
  const height = Number(text)
  const block = useQuery(checkpointQuery(id, client, height))
  const before = useQuery({ ...checkpointQuery(id, client, height - 1), enabled: height > 0 })
  const first = height === 0 ? 0 : before.data?.size
  return (
    <Page
      over={t('block.over')}
      title={Number.isSafeInteger(height) ? number(height) : text}
      actions={<Neighbours height={height} />}
    >
      <Loaded query={block} lines={14}>
        {(data) => (
          <div className="columns wide-left">
            <Section title={t('block.entries')}>
              {first !== undefined && <BlockEntries first={first} end={data.size} />}
            </Section>
            <Signed block={data} first={first} />
          </div>
        )}
      </Loaded>
    </Page>
  )
}

function Neighbours({ height }: { readonly height: number }) {
  const { t } = useTranslation()
  const { data } = useHead()
  const to = '/explore/blocks/$height'
  return (
    <>
      {height > 0 && (
        <Link className="button quiet" to={to} params={{ height: String(height - 1) }}>
          {t('block.before')}
        </Link>
      )}
      {data && height < data.height && (
        <Link className="button quiet" to={to} params={{ height: String(height + 1) }}>
          {t('block.after')}
        </Link>
      )}
    </>
  )
}

type SignedProps = { readonly block: CheckpointAnswer; readonly first: number | undefined }

function Signed({ block, first }: SignedProps) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { height, time, size, logRoot, stateRoot } = block
  const count = first === undefined ? undefined : number(size - first)
  return (
    <Section title={t('block.signed')}>
      <Facts
        facts={[
          [t('block.height'), number(height)],
          [t('block.time'), <ExactTime key="time" seconds={time} />],
          [t('block.count'), count],
          [t('block.size'), number(size)],
          [t('block.logRoot'), <Id key="log" id={logRoot} kind="hash" />],
          [t('block.stateRoot'), <Id key="state" id={stateRoot} kind="hash" />],
        ]}
      />
      <Signatures block={block} />
    </Section>
  )
}

function Signatures({ block }: Pick<SignedProps, 'block'>) {
  const { t } = useTranslation()
  const ledger = useLedger()
  const queries = useQueryClient()
  const query = useQuery({
    queryKey: [ledger.id, 'signers', block.height],
    queryFn: async () => {
      const { result } = await checkByKeys({
        queries,
        ledger,
        ask: async () => block,
        check: (one, keys) => verify(one, keys, ledger.id),
        holds: ({ error }) => error === undefined,
      })
      return result
    },
    staleTime: 60_000,
  })
  return (
    <Loaded query={query}>
      {({ signers, error }) => (
        <Holds
          holds={error === undefined}
          title={error ?? t('block.verified', { count: signers.length })}
        >
          <ul className="hashes">
            {signers.map((one) => (
              <li key={one}>
                <Id id={one} kind="key" to={{ to: '/explore/keys', search: { key: one } }} />
              </li>
            ))}
          </ul>
        </Holds>
      )}
    </Loaded>
  )
}

function verify(block: CheckpointAnswer, bundle: Uint8Array, ledger: string) {
  try {
    const signed = block.checkpoints.map((one) => fromBase64url(one) ?? new Uint8Array())
    const { signers } = verifyCheckpoints(signed, verifyKeyBundle(bundle, ledger))
    return { signers, error: undefined }
  } catch (error) {
    if (isCodedError(error)) return { signers: [], error: `${error.code}: ${error.message}` }
    throw error
  }
}
