import { decodeKeyBundle, type TrustedKeys, toHex, toPem, verifyKeyBundle } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Download } from '../../parts/download.tsx'
import { Facts } from '../../parts/facts.tsx'
import { useFormats } from '../../parts/formats.ts'
import { Id } from '../../parts/id.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page, Section } from '../../parts/page.tsx'
import { ExactTime } from '../../parts/time.tsx'
import { keysQuery } from './by-keys.ts'
import { ProvenObjectView } from './proven-object.tsx'
import { useHead } from './use-blocks.ts'
import { thumbprintOf } from './use-object.ts'

const route = getRouteApi('/explore/keys')

/** /explore/keys: what proofs are verified against, and one registered key where it is named. */
export function KeysPage() {
  const { t } = useTranslation()
  const { key } = route.useSearch()
  const kid = thumbprintOf(key)
  const query = useQuery(keysQuery(useLedger()))
  return (
    <Page title={t('keys.title')} lead={t('keys.lead')}>
      {kid !== undefined && (
        <Section title={t('keys.one')} note={<Id id={kid} kind="key" full />}>
          <ProvenObjectView stateKey={`key/${kid}`} />
        </Section>
      )}
      <Loaded query={query} lines={12}>
        {(bundle) => <Bundle bundle={bundle} />}
      </Loaded>
    </Page>
  )
}

function Bundle({ bundle }: { readonly bundle: Uint8Array }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const { id } = useLedger()
  const { data: head } = useHead()
  const { keys, changes } = useMemo(
    () => ({ keys: verifyKeyBundle(bundle, id), changes: decodeKeyBundle(bundle).changes.length }),
    [bundle, id],
  )
  const { genesis } = keys
  return (
    <>
      <Section title={t('keys.trust')} note={t('keys.trustNote')}>
        <Facts
          facts={[
            [t('keys.ledger'), <Id key="id" id={id} kind="ledger" full />],
            [t('keys.name'), genesis?.name],
            genesis
              ? [t('keys.begun'), <ExactTime key="begun" seconds={genesis.time} />]
              : undefined,
            [t('keys.founder'), genesis?.member.id],
            [t('keys.changes'), number(changes)],
          ]}
        />
        <div className="row">
          <Download name="keys.cbor" label={t('keys.bundle')} bytes={bundle} />
        </div>
      </Section>
      <Validators keys={keys} height={head?.height ?? 0} />
    </>
  )
}

function Validators({ keys, height }: { readonly keys: TrustedKeys; readonly height: number }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const validators = keys.validatorsAt(height)
  return (
    <Section title={t('keys.validators')} note={t('keys.validatorsNote')}>
      <ul className="cards">
        {validators.map((one) => (
          <li key={toHex(one.kid)} className="card">
            <Facts
              facts={[
                [t('keys.kid'), <Id key="kid" id={toHex(one.kid)} kind="key" />],
                [t('keys.algorithm'), one.algorithm.name],
                [t('keys.power'), number(one.power)],
              ]}
            />
            <CodeBlock text={toPem(one)} what={t('keys.pem')} />
          </li>
        ))}
      </ul>
    </Section>
  )
}
