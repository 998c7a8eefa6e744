import { type Entry, parseStatement } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { rememberVerified } from '../../app/verified.ts'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Download } from '../../parts/download.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Section } from '../../parts/page.tsx'
import { VerdictList } from '../../parts/verdict.tsx'
import { verifyEntry } from '../../parts/verify-steps.ts'

/** The proof of an entry: verified here, and offered as files for anybody, anywhere, later. */
export function EntryProof({ entry }: { readonly entry: Entry }) {
  const { t } = useTranslation()
  const { id, client } = useLedger()
  const query = useQuery({
    queryKey: [id, 'proof', entry.index],
    queryFn: async () => {
      const [receipt, keys] = await Promise.all([client.receipt(entry.index), client.keyBundle()])
      return { receipt, keys }
    },
    staleTime: 60_000,
  })
  return (
    <Section title={t('entry.proof')} note={t('entry.proofNote')}>
      <Loaded query={query} lines={10}>
        {(files) => <Verified entry={entry} {...files} />}
      </Loaded>
    </Section>
  )
}

type Props = { readonly entry: Entry; readonly receipt: Uint8Array; readonly keys: Uint8Array }

function Verified({ entry, receipt, keys }: Props) {
  const { t } = useTranslation()
  const { id } = useLedger()
  const { statement, index } = entry
  const verdict = useMemo(
    () => verifyEntry({ statement, receipt, keys, ledger: id }),
    [statement, receipt, keys, id],
  )
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
