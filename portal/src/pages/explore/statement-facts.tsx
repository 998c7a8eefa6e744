import { type Entry, type Statement, toHex } from '@openbsn/sdk'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Facts } from '../../parts/facts.tsx'
import { useFormats } from '../../parts/formats.ts'
import { Id } from '../../parts/id.tsx'
import { ExactTime } from '../../parts/time.tsx'

type Props = { readonly statement: Statement; readonly entry: Entry }

/** Header and claims of a signed statement. */
export function StatementFacts({ statement, entry }: Props) {
  const { t } = useTranslation()
  const { number, bytes } = useFormats()
  const { claims, algorithm, contentType, kid, payload, signature } = statement
  const { iss, sub, aud, iat, exp, cti, credential, key } = claims
  const height = String(entry.height)
  const keyId = toHex(kid)
  const isModule = sub.startsWith('bsn:')
  return (
    <Facts
      facts={[
        [
          t('entry.block'),
          <Link key="block" to="/explore/blocks/$height" params={{ height }}>
            {number(entry.height)}
          </Link>,
        ],
        [t('entry.blockTime'), <ExactTime key="time" seconds={entry.time} />],
        [
          t('entry.service'),
          isModule ? (
            <code key="module">{sub}</code>
          ) : (
            <Link key="service" to="/services/$service" params={{ service: sub }}>
              {sub}
            </Link>
          ),
        ],
        [t('entry.issuer'), <Id key="issuer" id={iss} kind="issuer" />],
        credential === undefined
          ? undefined
          : [t('entry.credential'), <Id key="credential" id={credential} kind="credential" />],
        key === undefined ? undefined : [t('entry.recordKey'), <code key="key">{key}</code>],
        [t('entry.contentType'), <code key="type">{contentType}</code>],
        [t('entry.issued'), <ExactTime key="iat" seconds={iat} />],
        exp === undefined ? undefined : [t('entry.expires'), <ExactTime key="exp" seconds={exp} />],
        cti === undefined
          ? undefined
          : [t('entry.actId'), <Id key="cti" id={toHex(cti)} kind="act" />],
        [t('entry.ledger'), <Id key="aud" id={aud} kind="ledger" />],
        [
          t('entry.signedBy'),
          <Id
            key="kid"
            id={keyId}
            kind="key"
            to={{ to: '/explore/keys', search: { key: keyId } }}
          />,
        ],
        [t('entry.algorithm'), algorithm.name],
        [t('entry.signature'), <Id key="signature" id={toHex(signature)} kind="signature" />],
        [t('entry.payloadSize'), bytes(payload.length)],
      ]}
    />
  )
}
