import type { ServiceObject } from '@openbsn/sdk'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../../app/ledger.tsx'
import { useAct, useOrganisation } from '../../../app/session.tsx'
import { Dialog } from '../../../parts/dialog.tsx'
import { Section } from '../../../parts/page.tsx'
import { ActForm } from './act-form.tsx'
import { MissingRight } from './missing-right.tsx'
import { isStop, type ServiceWay, serviceWays } from './service-ways.ts'

/** Handing a service in, stopping it, letting it go on: for the organisation that published it. */
export function ServiceLife({ service }: { readonly service: ServiceObject }) {
  const { t } = useTranslation()
  const { id: ledger } = useLedger()
  const { may } = useOrganisation()
  const act = useAct()
  const [way, setWay] = useState<ServiceWay>()
  const { id, version, status = '' } = service
  const ways = serviceWays(status)
  return (
    <Section title={t('life.title')} note={t(`life.states.${status}`)}>
      <div className="row">
        {ways
          .filter((one) => may(`service-${one}`))
          .map((one) => (
            <button key={one} type="button" className="button quiet" onClick={() => setWay(one)}>
              {t(`life.ways.${one}`)}
            </button>
          ))}
      </div>
      {ways
        .filter((one) => !may(`service-${one}`))
        .map((one) => (
          <MissingRight key={one} right={`service-${one}`} />
        ))}
      <Dialog
        title={way === undefined ? id : t(`life.titles.${way}`, { name: id })}
        isOpen={way !== undefined}
        onClose={() => setWay(undefined)}
      >
        {way !== undefined && (
          <ActForm
            what={t(`life.what.${way}`)}
            submit={t(`life.ways.${way}`)}
            typed={isStop(way) ? id : undefined}
            send={() => act(`service-${way}`, { id, expect: version }, { ledger })}
          />
        )}
      </Dialog>
    </Section>
  )
}
