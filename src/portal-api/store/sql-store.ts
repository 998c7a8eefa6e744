import type { Kysely, Selectable } from 'kysely'
import type { ActFate, Invitation, PortalAct, PortalStore } from './portal-store.ts'
import type { PortalTables } from './tables.ts'

/** The portal's store in SQL, whichever database it is. */
export function createSqlStore(database: Kysely<PortalTables>): PortalStore {
  return {
    ...settings(database),
    ...setup(database),
    ...invitations(database),
    ...stepUps(database),
    ...services(database),
    ...participants(database),
    ...acts(database),
  }
}

type Part<Name extends keyof PortalStore> = Pick<PortalStore, Name>
type Db = Kysely<PortalTables>

function settings(database: Db): Part<'settle' | 'setting'> {
  const setting = async (name: string) => {
    const found = database.selectFrom('portal_settings').select('value').where('name', '=', name)
    return (await found.executeTakeFirst())?.value
  }
  return {
    setting,
    async settle(name, value) {
      const row = database.insertInto('portal_settings').values({ name, value })
      await row.onConflict((conflict) => conflict.column('name').doNothing()).execute()
      return (await setting(name)) ?? value
    },
  }
}

function setup(database: Db): Part<'putSetup' | 'takeSetup'> {
  return {
    async putSetup(hash, expires) {
      await database.transaction().execute(async (transaction) => {
        await transaction.deleteFrom('portal_setup').execute()
        await transaction.insertInto('portal_setup').values({ hash, expires }).execute()
      })
    },
    async takeSetup(hash, now) {
      const taken = await database
        .deleteFrom('portal_setup')
        .where('hash', '=', hash)
        .where('expires', '>', now)
        .returning('hash')
        .execute()
      return taken.length === 1
    },
  }
}

type InvitationPart = Part<
  'putInvitation' | 'findInvitation' | 'takeInvitation' | 'invitations' | 'dropInvitation'
>

function invitations(database: Db): InvitationPart {
  return {
    async putInvitation(hash, { invitedBy, ...rest }) {
      const row = { ...rest, hash, invited_by: invitedBy }
      await database.insertInto('portal_invitations').values(row).execute()
    },
    async findInvitation(hash, now) {
      const found = database.selectFrom('portal_invitations').selectAll().where('hash', '=', hash)
      const row = await found.where('expires', '>', now).executeTakeFirst()
      return row && invitationOf(row)
    },
    async takeInvitation(hash, now) {
      const taken = database.deleteFrom('portal_invitations').where('hash', '=', hash)
      const row = await taken.where('expires', '>', now).returningAll().executeTakeFirst()
      return row && invitationOf(row)
    },
    async invitations(organisation, now) {
      const rows = await database
        .selectFrom('portal_invitations')
        .selectAll()
        .where('organisation', '=', organisation)
        .where('expires', '>', now)
        .orderBy('created', 'desc')
        .orderBy('id')
        .execute()
      return rows.map(invitationOf)
    },
    async dropInvitation(organisation, id) {
      const dropped = database.deleteFrom('portal_invitations').where('id', '=', id)
      const rows = await dropped.where('organisation', '=', organisation).returning('id').execute()
      return rows.length === 1
    },
  }
}

function invitationOf(row: Selectable<PortalTables['portal_invitations']>): Invitation {
  const { hash: _, invited_by: invitedBy, ...rest } = row
  return { ...rest, invitedBy }
}

function stepUps(database: Db): Part<'putStepUp' | 'steppedUpUntil'> {
  return {
    async putStepUp(session, until, now) {
      // Those of sessions that are gone would stay for ever.
      await database.deleteFrom('portal_step_ups').where('until', '<=', now).execute()
      const row = database.insertInto('portal_step_ups').values({ session, until })
      await row
        .onConflict((conflict) => conflict.column('session').doUpdateSet({ until }))
        .execute()
    },
    async steppedUpUntil(session) {
      const found = database.selectFrom('portal_step_ups').select('until')
      return (await found.where('session', '=', session).executeTakeFirst())?.until ?? 0
    },
  }
}

function services(database: Db): Part<'ownService' | 'ownerOf' | 'servicesOf'> {
  return {
    async ownService(ledger, service, organisation) {
      const row = database.insertInto('portal_services').values({ ledger, service, organisation })
      await row
        .onConflict((conflict) => conflict.columns(['ledger', 'service']).doNothing())
        .execute()
    },
    async ownerOf(ledger, service) {
      const found = database.selectFrom('portal_services').select('organisation')
      const own = found.where('ledger', '=', ledger).where('service', '=', service)
      return (await own.executeTakeFirst())?.organisation
    },
    servicesOf: (organisation) =>
      database
        .selectFrom('portal_services')
        .select(['ledger', 'service'])
        .where('organisation', '=', organisation)
        .orderBy('ledger')
        .orderBy('service')
        .execute(),
  }
}

function participants(database: Db): Part<'takePart' | 'partOwnerOf' | 'partsOf'> {
  return {
    async takePart(ledger, participant, organisation) {
      const values = { ledger, participant, organisation }
      await database
        .insertInto('portal_participants')
        .values(values)
        .onConflict((conflict) => conflict.columns(['ledger', 'participant']).doNothing())
        .execute()
    },
    async partOwnerOf(ledger, participant) {
      const found = database.selectFrom('portal_participants').select('organisation')
      const own = found.where('ledger', '=', ledger).where('participant', '=', participant)
      return (await own.executeTakeFirst())?.organisation
    },
    partsOf: (organisation) =>
      database
        .selectFrom('portal_participants')
        .select(['ledger', 'participant'])
        .where('organisation', '=', organisation)
        .orderBy('ledger')
        .orderBy('participant')
        .execute(),
  }
}

function acts(database: Db): Part<'beginAct' | 'endAct' | 'act' | 'acts'> {
  const one = async (organisation: string, requestKey: string) => {
    const found = database.selectFrom('portal_acts').selectAll()
    const own = found.where('organisation', '=', organisation)
    const row = await own.where('request_key', '=', requestKey).executeTakeFirst()
    return row && actOf(row)
  }
  return {
    act: one,
    async beginAct(act) {
      const { requestKey, accountName, ...rest } = act
      const row = { ...rest, ...nothing, request_key: requestKey, account_name: accountName }
      const { organisation: _, request_key: __, ...changes } = row
      await database
        .insertInto('portal_acts')
        .values(row)
        .onConflict((conflict) =>
          conflict
            .columns(['organisation', 'request_key'])
            .doUpdateSet(changes)
            .where('portal_acts.state', 'in', ['rejected', 'not_sent']),
        )
        .execute()
      return (await one(act.organisation, requestKey)) ?? act
    },
    async endAct(organisation, requestKey, fate) {
      await database
        .updateTable('portal_acts')
        .set({ ...nothing, ...fate })
        .where('organisation', '=', organisation)
        .where('request_key', '=', requestKey)
        // What is registered stays registered, whoever comes late with another answer.
        .where('state', '!=', 'committed')
        .execute()
    },
    async acts(organisation, { limit, before }) {
      let query = database.selectFrom('portal_acts').selectAll()
      query = query.where('organisation', '=', organisation)
      if (before) {
        query = query.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('time', 'request_key'), '<', tuple(before.time, before.requestKey)),
        )
      }
      const newest = query.orderBy('time', 'desc').orderBy('request_key', 'desc')
      return (await newest.limit(limit).execute()).map(actOf)
    },
  }
}

const nothing = { code: null, detail: null, entry: null, height: null } as const

function actOf(row: Selectable<PortalTables['portal_acts']>): PortalAct {
  const { request_key: requestKey, account_name: accountName, ...rest } = row
  const { code, detail, entry, height, ...always } = rest
  const fate = Object.entries({ code, detail, entry, height }).filter(([, value]) => value !== null)
  const state = always.state as ActFate['state']
  return { ...always, requestKey, accountName, state, ...Object.fromEntries(fate) }
}
