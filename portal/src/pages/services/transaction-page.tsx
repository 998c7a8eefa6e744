import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { Facts } from '../../parts/facts.tsx'
import { useFormats } from '../../parts/formats.ts'
import { Id } from '../../parts/id.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { shortId } from '../../parts/short-id.ts'
import { ExactTime } from '../../parts/time.tsx'
import { useContracts } from './contracts/use-contracts.ts'
import { TransactionProof } from './transaction-proof.tsx'

const route = getRouteApi('/services/$service/transactions/$hash')

/** A transaction of a service's chain, and its proof verified in the browser. */
export function TransactionPage() {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { service, hash } = route.useParams()
  const { id } = useLedger()
  const { contracts, key } = useContracts(service)
  const query = useQuery({
    queryKey: [id, 'transaction', service, hash, key],
    queryFn: () => contracts.transaction(hash),
  })
  return (
    <Page
      over={t('transaction.over')}
      title={shortId(hash)}
      lead={<Id id={hash} kind="transaction" />}
    >
      <Loaded query={query} lines={12}>
        {({ state, height, time, from, to, created }) => (
          <div className="columns">
            <Section title={t('transaction.facts')}>
              <Facts
                facts={[
                  [
                    t('entries.service'),
                    <Link key="service" to="/services/$service" params={{ service }}>
                      {service}
                    </Link>,
                  ],
                  [t('transaction.state'), t(`transaction.states.${state}`)],
                  height === undefined ? undefined : [t('transaction.height'), number(height)],
                  time === undefined
                    ? undefined
                    : [t('transaction.time'), <ExactTime key="time" seconds={time} />],
                  [t('transaction.from'), <Sender key="from" name={from} />],
                  to === undefined
                    ? undefined
                    : [t('transaction.to'), <Id key="to" id={to} kind="address" />],
                  created === undefined
                    ? undefined
                    : [t('transaction.created'), <Id key="made" id={created} kind="address" />],
                ]}
              />
            </Section>
            <TransactionProof service={service} hash={hash} />
          </div>
        )}
      </Loaded>
    </Page>
  )
}

/** An address of a chain; on a channel of Fabric it has a name. */
const Sender = ({ name }: { readonly name: string }) =>
  name.startsWith('0x') ? <Id id={name} kind="address" /> : <code>{name}</code>
