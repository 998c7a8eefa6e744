import type { ParticipantObject, ServiceObject } from '@openbsn/sdk'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { everyPage } from '../../app/every-page.ts'
import { useLedger } from '../../app/ledger.tsx'
import { useOrganisation } from '../../app/session.tsx'
import { Badge } from '../../parts/badge.tsx'
import { DataTable, type ShownColumn } from '../../parts/data-table.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { idOf } from '../../parts/table-rows.ts'
import { useTableSearch } from '../../parts/use-table-search.ts'
import { AcceptInvitation } from './own/accept-invitation.tsx'
import { InviteParticipant } from './own/invite-participant.tsx'
import { ManageParticipant } from './own/manage-participant.tsx'
import { OwnPart } from './own/own-part.tsx'
import { participantMoves } from './own/participant-moves.ts'
import { useOwnServices } from './own/use-own.ts'

type Props = { readonly service: ServiceObject }

/** Who takes part in a service, and the ways in and out. */
export function ServiceParticipants({ service }: Props) {
  const { id, client } = useLedger()
  const { organisation } = useOrganisation()
  const own = useOwnServices()
  const isOwn = own?.includes(service.id) ?? false
  // Until it is known whose it is, nobody is asked to join its own service.
  const isKnown = own !== undefined || !organisation
  const query = useQuery({
    queryKey: [id, 'participants', service.id],
    queryFn: () =>
      everyPage(async (page) => {
        const { participants: items, next } = await client.participants(service.id, page)
        return { items, next }
      }),
  })
  return (
    <Loaded query={query} lines={6}>
      {(rows) => (
        <div className="stack">
          <AcceptInvitation service={service} rows={rows} />
          <Participants service={service} rows={rows} isOwn={isOwn} />
          {isOwn && <InviteParticipant service={service} />}
          {isKnown && !isOwn && <OwnPart service={service} rows={rows} />}
        </div>
      )}
    </Loaded>
  )
}

type TableProps = Props & {
  readonly rows: readonly ParticipantObject[]
  readonly isOwn: boolean
}

function Participants({ service, rows, isOwn }: TableProps) {
  const { t } = useTranslation()
  const [managed, setManaged] = useState<string>()
  const columns = useColumns(isOwn ? setManaged : undefined)
  const search = useTableSearch(columns)
  if (rows.length === 0) {
    return (
      <Empty
        title={t('participants.none')}
        why={t(`participants.noneWhy.${service.access ?? 'open'}`)}
      />
    )
  }
  return (
    <>
      <DataTable
        {...search}
        label={t('service.tabs.participants')}
        rows={rows}
        columns={columns}
        rowId={idOf}
        exportName={`${service.id}-participants`}
      />
      <ManageParticipant
        service={service}
        participant={rows.find(({ id }) => id === managed)}
        onClose={() => setManaged(undefined)}
      />
    </>
  )
}

type OnManage = ((id: string) => void) | undefined

function useColumns(onManage: OnManage): readonly ShownColumn<ParticipantObject>[] {
  const { t } = useTranslation()
  return useMemo(() => {
    const manage: ShownColumn<ParticipantObject> = {
      id: 'manage',
      header: t('participants.manage'),
      value: ({ status }) => participantMoves(status).length,
      cell: ({ id, status }) =>
        participantMoves(status).length > 0 && (
          <button
            type="button"
            className="link"
            aria-label={t('participants.manageOf', { name: id })}
            onClick={() => onManage?.(id)}
          >
            {t('participants.manage')}
          </button>
        ),
      width: '7rem',
    }
    return [
      {
        id: 'name',
        header: t('participants.name'),
        value: (one) => one.id,
        width: 'minmax(8rem, 1fr)',
      },
      {
        id: 'role',
        header: t('participants.role'),
        value: ({ role = '' }) => role,
        width: 'minmax(5rem, 1fr)',
        isMinor: onManage !== undefined,
      },
      {
        id: 'status',
        header: t('services.status'),
        value: ({ status = '' }) => status,
        cell: ({ status = '' }) => <Badge state={status} />,
        width: '8rem',
      },
      ...(onManage ? [manage] : []),
    ]
  }, [t, onManage])
}
