import type { ContractEvent, ServiceObject } from '@openbsn/sdk'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../../app/ledger.tsx'
import { liveMs } from '../../../app/queries.ts'
import { CodeBlock } from '../../../parts/code-block.tsx'
import { useFormats } from '../../../parts/formats.ts'
import { Loaded } from '../../../parts/loaded.tsx'
import { MoreButton } from '../../../parts/more-button.tsx'
import { Section } from '../../../parts/page.tsx'
import { shortId } from '../../../parts/short-id.ts'
import { Time } from '../../../parts/time.tsx'
import { useContracts } from './use-contracts.ts'

type Props = { readonly service: ServiceObject; readonly contract: string }

const pageSize = 20

/** What a contract told so far, the newest first; what comes is added while nobody looks back. */
export function ContractEvents({ service, contract }: Props) {
  const { t } = useTranslation()
  const { id } = useLedger()
  const { contracts, key } = useContracts(service.id)
  const query = useInfiniteQuery({
    queryKey: [id, 'contract events', service.id, contract, key],
    queryFn: ({ pageParam: cursor }) =>
      contracts.events(contract, { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    refetchInterval: ({ state: { data } }) => (data && data.pages.length > 1 ? false : 4 * liveMs),
  })
  return (
    <Section title={t('events.title')} note={t('events.note')}>
      <Loaded query={query} lines={6}>
        {({ pages }) => {
          const events = pages.flatMap((page) => page.events)
          if (events.length === 0) return <p className="note">{t('events.none')}</p>
          return (
            <>
              <ol className="acts">
                {events.map((event) => (
                  <One key={`${event.height} ${event.logIndex}`} service={service} event={event} />
                ))}
              </ol>
              {query.hasNextPage && (
                <MoreButton
                  label={t('events.more')}
                  onMore={() => void query.fetchNextPage({ cancelRefetch: false })}
                  isBusy={query.isFetchingNextPage}
                />
              )}
            </>
          )
        }}
      </Loaded>
    </Section>
  )
}

type OneProps = Pick<Props, 'service'> & { readonly event: ContractEvent }

function One({
  service,
  event: { event, args, topics, data, transaction, height, time },
}: OneProps) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const name = event ?? t('write.unknownEvent')
  return (
    <li>
      <p className="sentence">
        <strong>{name}</strong> <Time seconds={time} />{' '}
        <span className="faint">{t('events.block', { height: number(height) })}</span>{' '}
        <Link
          to="/services/$service/transactions/$hash"
          params={{ service: service.id, hash: transaction }}
        >
          {t('events.transaction', { hash: shortId(transaction) })}
        </Link>
      </p>
      <CodeBlock text={JSON.stringify(args ?? { topics, data }, undefined, 2)} what={name} />
    </li>
  )
}
