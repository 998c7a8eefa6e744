import type { ContractSummary } from '@openbsn/sdk'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { ShownColumn } from '../../parts/data-table.tsx'

type Props = {
  readonly service: string
  readonly tab?: 'contracts' | 'credentials'
  readonly contract?: string
  /** That of the page where it is not said. */
  readonly ledger?: string | undefined
  readonly className?: string
  readonly children: ReactNode
}

/** To a service, or to one part of it. */
export function ServiceLink({ service, className, children, ...search }: Props) {
  return (
    <Link
      {...(className === undefined ? {} : { className })}
      to="/services/$service"
      params={{ service }}
      search={search}
    >
      {children}
    </Link>
  )
}

/** From one contract back to all of its service. */
export function AllContractsLink({ service }: Pick<Props, 'service'>) {
  const { t } = useTranslation()
  return (
    <p>
      <ServiceLink service={service} tab="contracts">
        {t('contracts.all')}
      </ServiceLink>
    </p>
  )
}

export const nameOf = ({ name }: ContractSummary): string => name

/** The column of a table of contracts that leads to each. */
export const nameColumn = (service: string, header: string): ShownColumn<ContractSummary> => ({
  ...{ id: 'name', header, value: nameOf, width: 'minmax(8rem, 1fr)' },
  cell: ({ name }) => (
    <ServiceLink service={service} tab="contracts" contract={name}>
      {name}
    </ServiceLink>
  ),
})
