import { useTranslation } from 'react-i18next'
import { Icon } from '../../../parts/icon.tsx'
import { readWaiting } from './waiting.ts'

/** Whether this node runs a contract as it is defined, and if not, what it waits for, in short. */
export function ContractState({ waitsFor }: { readonly waitsFor: string | undefined }) {
  const { t } = useTranslation()
  const waiting = waitsFor === undefined ? undefined : readWaiting(waitsFor)
  const why = [waiting?.code, waiting?.what].filter(Boolean).join(': ')
  return (
    <span className="contract-state" data-state={waiting ? 'skipped' : 'held'}>
      <Icon name={waiting ? 'dot' : 'check'} />{' '}
      {waiting ? t('channel.waits', { why }) : t('channel.inPlace')}
    </span>
  )
}
