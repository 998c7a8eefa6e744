import { isCodedError, verifyKeyBundle, verifyTransactionProof } from '@openbsn/sdk'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Download } from '../../parts/download.tsx'
import { Facts } from '../../parts/facts.tsx'
import { useFormats } from '../../parts/formats.ts'
import { Id } from '../../parts/id.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { shortId } from '../../parts/short-id.ts'
import { ExactTime } from '../../parts/time.tsx'
import { Holds } from '../../parts/verdict.tsx'
import { checkByKeys } from '../explore/by-keys.ts'

const route = getRouteApi('/services/$service/transactions/$hash')

/** A transaction of a service's chain, and its proof verified in the browser. */
export function TransactionPage() {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { service, hash } = route.useParams()
  const { id, client } = useLedger()
  const query = useQuery({
    queryKey: [id, 'transaction', service, hash],
    queryFn: () => client.contracts(service).transaction(hash),
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
                  [t('transaction.from'), <Id key="from" id={from} kind="address" />],
                  to === undefined
                    ? undefined
                    : [t('transaction.to'), <Id key="to" id={to} kind="address" />],
                  created === undefined
                    ? undefined
                    : [t('transaction.created'), <Id key="made" id={created} kind="address" />],
                ]}
              />
            </Section>
            <Proof service={service} hash={hash} />
          </div>
        )}
      </Loaded>
    </Page>
  )
}

function Proof({ service, hash }: { readonly service: string; readonly hash: string }) {
  const { t } = useTranslation()
  const ledger = useLedger()
  const queries = useQueryClient()
  const { id, client } = ledger
  const query = useQuery({
    queryKey: [id, 'transaction proof', service, hash],
    queryFn: () =>
      checkByKeys({
        queries,
        ledger,
        ask: () => client.contracts(service).proof(hash),
        check: (proof, keys) => verify(proof, keys, id),
        holds: (result) => !isCodedError(result),
      }),
  })
  return (
    <Section title={t('entry.proof')} note={t('transaction.proofNote')}>
      <Loaded query={query} lines={6}>
        {({ evidence, keys, result }) => <Verified proof={evidence} keys={keys} result={result} />}
      </Loaded>
    </Section>
  )
}

/** What the proof says, or why it does not hold. */
function verify(proof: Uint8Array, keys: Uint8Array, ledger: string) {
  try {
    return verifyTransactionProof(proof, verifyKeyBundle(keys, ledger))
  } catch (error) {
    if (isCodedError(error)) return error
    throw error
  }
}

type VerifiedProps = {
  readonly proof: Uint8Array
  readonly keys: Uint8Array
  readonly result: ReturnType<typeof verify>
}

function Verified({ proof, keys, result }: VerifiedProps) {
  const { t } = useTranslation()
  const { number } = useFormats()
  if (isCodedError(result)) {
    return <Holds holds={false} title={`${result.code}: ${result.message}`} />
  }
  const { index, chain, height, attestedBy, status, signers } = result
  return (
    <>
      <Holds holds title={t('transaction.verified', { count: signers.length })}>
        <Facts
          facts={[
            [
              t('transaction.registered'),
              <Link key="entry" to="/explore/entries/$index" params={{ index: String(index) }}>
                #{number(index)}
              </Link>,
            ],
            [t('transaction.chain'), number(chain)],
            [t('transaction.height'), number(height)],
            [t('transaction.attested'), attestedBy],
            [
              t('transaction.effect'),
              t(status === 1 ? 'transaction.done' : 'transaction.reverted'),
            ],
          ]}
        />
      </Holds>
      <div className="row">
        <Download name="transaction.proof" label={t('transaction.download')} bytes={proof} />
        <Download name="keys.cbor" label={t('entry.downloadKeys')} bytes={keys} />
      </div>
      <CodeBlock
        text="bsn receipt verify transaction.proof --keys keys.cbor"
        what={t('entry.command')}
      />
    </>
  )
}
