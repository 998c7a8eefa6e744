import type { PortalAct, SentPackage } from '@openbsn/sdk'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../../parts/icon.tsx'
import { Loaded } from '../../../parts/loaded.tsx'
import { RegisteredAct } from '../../explore/registered.tsx'
import { ServiceLink } from '../contract-links.tsx'
import { ContractSteps } from './contract-steps.tsx'
import { useContract } from './use-contract.ts'

type Props = {
  readonly service: string
  readonly name: string
  /** Absent where it was defined so before. */
  readonly act: PortalAct | undefined
  /** Nodes that a package was sent to. */
  readonly sent: readonly SentPackage[]
}

/** What became of a definition: its entry, who has the package, the steps of this node, live. */
export function Defined({ service, name, act, sent }: Props) {
  const { t } = useTranslation()
  const query = useContract(service, name)
  return (
    <>
      {act ? <RegisteredAct act={act} /> : <p className="note">{t('channel.define.asBefore')}</p>}
      <SentList sent={sent} />
      <Loaded query={query} lines={6}>
        {(contract) => <ContractSteps contract={contract} />}
      </Loaded>
      <p>
        <ServiceLink className="button quiet" service={service} tab="contracts" contract={name}>
          {t('channel.define.open', { name })}
        </ServiceLink>
      </p>
    </>
  )
}

function SentList({ sent }: Pick<Props, 'sent'>) {
  const { t } = useTranslation()
  if (sent.length === 0) return null
  const isWhole = sent.every(({ problem }) => problem === undefined)
  return (
    <div role="status">
      <ul className="progress">
        {sent.map(({ node, problem }) => (
          <li key={node} data-state={problem === undefined ? 'done' : 'failed'}>
            <Icon name={problem === undefined ? 'check' : 'cross'} />
            <span>{node}</span>
            <span className="faint">{problem ?? t('channel.archive.sent')}</span>
          </li>
        ))}
      </ul>
      {!isWhole && <p className="note">{t('channel.archive.sendAgain')}</p>}
    </div>
  )
}
