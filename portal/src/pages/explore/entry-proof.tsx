import { type Entry, parseStatement } from '@openbsn/sdk'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { rememberVerified } from '../../app/verified.ts'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Download } from '../../parts/download.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Section } from '../../parts/page.tsx'
import { VerdictList } from '../../parts/verdict.tsx'
import { type Verdict, verifyEntry } from '../../parts/verify-steps.ts'
import { checkByKeys } from './by-keys.ts'

/** The proof of an entry: verified here, and offered as files for anybody, anywhere, later. */
export function EntryProof({ entry }: { readonly entry: Entry }) {
  const { t } = useTranslation()
  const ledger = useLedger()
  const queries = useQueryClient()
  const { id, client } = ledger
  const { statement, index } = entry
  const query = useQuery({
    queryKey: [id, 'proof', index],
    queryFn: () =>
      checkByKeys({
        queries,
        ledger,
        ask: () => client.receipt(index),
        check: (receipt, keys) => verifyEntry({ statement, receipt, keys, ledger: id }),
        holds: ({ holds }) => holds,
      }),
    staleTime: 60_000,
  })
  return (
    <Section title={t('entry.proof')} note={t('entry.proofNote')}>
      <Loaded query={query} lines={10}>
        {({ evidence, keys, result }) => (
          <Verified entry={entry} receipt={evidence} keys={keys} verdict={result} />
        )}
      </Loaded>
    </Section>
  )
}

type Props = {
  readonly entry: Entry
  readonly receipt: Uint8Array
  readonly keys: Uint8Array
  readonly verdict: Verdict
}

function Verified({ entry: { statement, index }, receipt, keys, verdict }: Props) {
  const { t } = useTranslation()
  const { id } = useLedger()
  const { holds } = verdict
  useEffect(() => {
    if (holds) rememberVerified(id, parseStatement(statement).claims.sub)
  }, [holds, id, statement])
  const files = { statement: `${index}.cose`, receipt: `${index}.receipt.cose`, keys: 'keys.cbor' }
  const names = `--statement ${files.statement} --receipt ${files.receipt} --keys ${files.keys}`
  const line = `bsn receipt verify ${names}`
  return (
    <>
      <VerdictList verdict={verdict} />
      <div className="row">
        <Download name={files.statement} label={t('entry.downloadStatement')} bytes={statement} />
        <Download name={files.receipt} label={t('entry.downloadReceipt')} bytes={receipt} />
        <Download name={files.keys} label={t('entry.downloadKeys')} bytes={keys} />
      </div>
      <p className="note">{t('entry.offline')}</p>
      <CodeBlock text={line} what={t('entry.command')} />
    </>
  )
}
