import type { PortalAct } from '@openbsn/sdk'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../../app/session.tsx'
import { Section } from '../../../parts/page.tsx'
import { Progress, progressAt } from '../../../parts/progress.tsx'
import { type Chosen, NewServiceForm } from './new-service-form.tsx'
import { usePublishSteps } from './publish-steps.ts'
import { Published } from './published.tsx'
import { fieldsOf, type LedgerOffers } from './service-choices.ts'

type Made = { readonly act: PortalAct; readonly name: string }

/** The form, the steps while it is published, and then what became of it. */
export function NewService({ all }: { readonly all: readonly LedgerOffers[] }) {
  const { t } = useTranslation()
  const act = useAct()
  const steps = usePublishSteps()
  const [made, setMade] = useState<Made>()
  const [state, setState] = useState<'idle' | 'sending' | 'failed'>('idle')
  const publish = async ({ ledger, ...choices }: Chosen) => {
    setState('sending')
    try {
      const fields = fieldsOf(choices)
      setMade({ act: await act('service-create', fields, { ledger }), name: fields.id })
      setState('idle')
    } catch (error) {
      setState('failed')
      throw error
    }
  }
  if (made) return <Published {...made} onAnother={() => setMade(undefined)} />
  const at = state === 'idle' ? -1 : 0
  return (
    <div className="columns">
      <NewServiceForm all={all} publish={publish} />
      <Section title={t('newService.happens')} note={t('newService.happensNote')}>
        <Progress steps={progressAt(steps(), { at, hasFailed: state === 'failed' })} />
      </Section>
    </div>
  )
}
