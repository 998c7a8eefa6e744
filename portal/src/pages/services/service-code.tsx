import type { ServiceObject } from '@openbsn/sdk'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Section } from '../../parts/page.tsx'
import { codeSample, type SampleLanguage } from './code-samples.ts'
import { operatorOf } from './operator-of.ts'
import { useOwnCredentials } from './own/use-own.ts'
import { rpcSample } from './rpc-samples.ts'
import { Sample, useSampleLanguage } from './sample.tsx'

const files = {
  curl: 'sh first.sh',
  typescript: 'npm install @openbsn/sdk && node first.mts',
  python: 'python3 first.py',
  go: 'go run first.go',
} as const

/** How a program writes to this service: filled in, to be copied and run as it stands. */
export function ServiceCode({ service }: { readonly service: ServiceObject }) {
  const { t } = useTranslation()
  const { id } = useLedger()
  const { language, choose } = useSampleLanguage()
  return (
    <Section
      title={t('code.title')}
      note={t(service.rpc === undefined ? 'code.note' : 'code.rpcNote')}
    >
      <div className="stack">
        <Sample {...{ language, choose }} text={sampleOf(language, service, id)} />
        <KeyNote service={service.id} />
        <CodeBlock text={'read -rs OPENBSN_API_KEY; export OPENBSN_API_KEY'} what={t('code.key')} />
        <p className="note">{t('code.run')}</p>
        <CodeBlock text={files[language]} what={t('code.run')} />
      </div>
    </Section>
  )
}

/** By what the service has: a chain that is asked by JSON-RPC, or records. */
function sampleOf(language: SampleLanguage, service: ServiceObject, ledger: string): string {
  const { id, rpc } = service
  const gateway = location.origin
  if (rpc !== undefined) return rpcSample(language, { gateway, rpc })
  return codeSample(language, { gateway, operator: operatorOf(service), ledger, service: id })
}

/** Which keys there are to give it. */
function KeyNote({ service }: { readonly service: string }) {
  const { t } = useTranslation()
  const { data: all = [] } = useOwnCredentials(service)
  const keys = all
    .filter(({ status }) => status === 'active')
    .flatMap(({ id, label, apiKeys }) => apiKeys.map(({ hint }) => ({ id, label, hint })))
  return (
    <>
      <p className="note">{t('code.keyNote')}</p>
      {keys.length > 0 && (
        <>
          <p className="note">{t('code.keys')}</p>
          <ul className="note key-names">
            {keys.map(({ id, label, hint }) => (
              <li key={`${id} ${hint}`}>
                <bdi>{label}</bdi> <code>{hint}</code>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}
