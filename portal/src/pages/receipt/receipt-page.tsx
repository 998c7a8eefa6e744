import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { announce } from '../../parts/announce.tsx'
import { DropZone } from '../../parts/drop-zone.tsx'
import { Field } from '../../parts/field.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { VerdictList } from '../../parts/verdict.tsx'
import { type Evidence, verifyEntry } from '../../parts/verify-steps.ts'
import { type Kind, kinds, type Recognised, recognise } from './recognise.ts'

type Given = Partial<Record<Kind, Recognised>>

/** /receipt: a proof from files, verified here. Nothing is sent, so it works with no network. */
export function ReceiptPage() {
  const { t } = useTranslation()
  const [given, setGiven] = useState<Given>({})
  const [unknown, setUnknown] = useState<readonly string[]>([])
  // Not in the address as all else is: a link must not say whom its reader trusts.
  const [ledger, setLedger] = useState('')
  const take = async (files: FileList | null) => {
    const found = await Promise.all([...(files ?? [])].map(readFile))
    const known = found.flatMap(({ parts }) => parts)
    setGiven((before) => ({
      ...before,
      ...Object.fromEntries(known.map((one) => [one.kind, one])),
    }))
    setUnknown(found.filter(({ parts }) => parts.length === 0).map(({ name }) => name))
    announce(t('receipt.taken', { count: known.length }))
  }
  return (
    <Page title={t('receipt.title')} lead={t('receipt.lead')}>
      <div className="columns wide-left">
        <div className="section">
          <DropZone
            text={t('receipt.drop')}
            choose={t('receipt.choose')}
            onFiles={(files) => void take(files)}
            isMultiple
          />
          {unknown.length > 0 && (
            <p className="error-text" role="alert">
              {t('receipt.unknown', { names: unknown.join(', ') })}
            </p>
          )}
          <Parts given={given} onClear={() => setGiven({})} />
          <Field
            label={t('receipt.ledger')}
            hint={t('receipt.ledgerHint')}
            value={ledger}
            spellCheck={false}
            error={
              ledger === '' || /^bsn1[0-9a-f]{40}$/.test(ledger)
                ? undefined
                : t('receipt.ledgerWrong')
            }
            onChange={({ target }) => setLedger(target.value.trim())}
          />
        </div>
        <Result given={given} ledger={ledger} />
      </div>
    </Page>
  )
}

async function readFile(file: File): Promise<{ name: string; parts: readonly Recognised[] }> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  return { name: file.name, parts: recognise(bytes).map((one) => ({ ...one, name: file.name })) }
}

function Parts({ given, onClear }: { readonly given: Given; readonly onClear: () => void }) {
  const { t } = useTranslation()
  const hasAny = kinds.some((kind) => given[kind] !== undefined)
  return (
    <>
      <ul className="parts">
        {kinds.map((kind) => {
          const part = given[kind]
          return (
            <li key={kind} data-there={part !== undefined}>
              <Icon name={part ? 'check' : 'dot'} />
              <strong>{t(`receipt.kinds.${kind}`)}</strong>
              <span className="faint">{part?.name ?? t(`receipt.wanted.${kind}`)}</span>
            </li>
          )
        })}
      </ul>
      {hasAny && (
        <button type="button" className="button quiet" onClick={onClear}>
          {t('receipt.clear')}
        </button>
      )}
    </>
  )
}

function Result({ given, ledger }: { readonly given: Given; readonly ledger: string }) {
  const { t } = useTranslation()
  const { statement, receipt, keys } = given
  const evidence = useMemo<Evidence | undefined>(() => {
    if (!statement || !receipt || !keys) return undefined
    const parts = { statement: statement.bytes, receipt: receipt.bytes, keys: keys.bytes }
    return { ...parts, ledger: ledger === '' ? undefined : ledger }
  }, [statement, receipt, keys, ledger])
  const verdict = useMemo(() => (evidence ? verifyEntry(evidence) : undefined), [evidence])
  return (
    <Section title={t('receipt.result')}>
      {verdict ? (
        <>
          <VerdictList verdict={verdict} />
          {ledger === '' && verdict.holds && <p className="note">{t('receipt.vouches')}</p>}
        </>
      ) : (
        <p className="note">{t('receipt.waiting')}</p>
      )}
    </Section>
  )
}
