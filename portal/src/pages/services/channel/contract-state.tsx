import { useTranslation } from 'react-i18next'
import { Icon } from '../../../parts/icon.tsx'

/** Whether this node runs a contract as it is defined, and if not, what it waits for. */
export function ContractState({ waitsFor }: { readonly waitsFor: string | undefined }) {
  const { t } = useTranslation()
  const isHere = waitsFor === undefined
  return (
    <span className="contract-state" data-state={isHere ? 'held' : 'skipped'}>
      <Icon name={isHere ? 'check' : 'dot'} />{' '}
      {isHere ? t('channel.inPlace') : t('channel.waits', { why: waitsFor })}
    </span>
  )
}
