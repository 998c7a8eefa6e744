import { CodedError, isCodedError, verifyKeyBundle, verifyTransactionProof } from '@openbsn/sdk'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Download } from '../../parts/download.tsx'
import { Facts } from '../../parts/facts.tsx'
import { useFormats } from '../../parts/formats.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Section } from '../../parts/page.tsx'
import { Holds } from '../../parts/verdict.tsx'
import { checkByKeys } from '../explore/by-keys.ts'
import { useContracts } from './contracts/use-contracts.ts'

type Props = { readonly service: string; readonly hash: string }

/** What proves a transaction, verified here; it is waited for until the ledger has its block. */
export function TransactionProof({ service, hash }: Props) {
  const { t } = useTranslation()
  const ledger = useLedger()
  const queries = useQueryClient()
  const { id } = ledger
  const { contracts, key } = useContracts(service)
  const query = useQuery({
    queryKey: [id, 'transaction proof', service, hash, key],
    queryFn: () =>
      checkByKeys({
        queries,
        ledger,
        ask: () => contracts.proof(hash),
        check: (proof, keys) => verify(proof, keys, { ledger: id, service, hash }),
        holds: (result) => !isCodedError(result),
      }),
    retry: (count, error) => isPending(error) && count < triesMax,
    retryDelay: 1000,
  })
  return (
    <Section title={t('entry.proof')} note={t('transaction.proofNote')}>
      <Loaded query={query} lines={6}>
        {({ evidence, keys, result }) => <Verified proof={evidence} keys={keys} result={result} />}
      </Loaded>
    </Section>
  )
}

/** Blocks are registered within seconds. */
const triesMax = 30
const isPending = (error: unknown) => isCodedError(error) && error.code === 'RECEIPT_PENDING'

type Asked = Props & { readonly ledger: string }

/** What the proof says, or why it does not hold; one of something else does not hold. */
function verify(proof: Uint8Array, keys: Uint8Array, { ledger, service, hash }: Asked) {
  try {
    const proven = verifyTransactionProof(proof, verifyKeyBundle(keys, ledger))
    const isAsked = proven.transaction === `0x${hash.toLowerCase().replace(/^0x/, '')}`
    if (isAsked && proven.service === service) return proven
    const message = 'The proof is of another transaction.'
    return new CodedError('TRANSACTION_PROOF_INVALID', message)
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
