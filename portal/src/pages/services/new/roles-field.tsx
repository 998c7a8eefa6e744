import { useTranslation } from 'react-i18next'
import { Checks } from '../../../parts/checks.tsx'
import { Field, FieldSet, Notes } from '../../../parts/field.tsx'
import { type RoleRow, rolesOf, rolesText } from './service-choices.ts'

type Props = {
  readonly name: string
  readonly label: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
  /** As `rolesText` makes it. */
  readonly value: string
  readonly onChange: (event: { readonly target: { readonly value: string } }) => void
  /** What a role may have. */
  readonly functions: readonly string[]
}

const id = 'roles'

/** Roles of participants, each with what it may call. */
export function RolesField({ name, label, hint, error, value, onChange, functions }: Props) {
  const { t } = useTranslation()
  const rows = rolesOf(value)
  const put = (next: readonly RoleRow[]) => onChange({ target: { value: rolesText(next) } })
  const change = (changed: RoleRow) =>
    put(rows.map((one) => (one.id === changed.id ? changed : one)))
  const add = () => {
    const last = Math.max(0, ...rows.map((one) => one.id))
    put([...rows, { id: last + 1, name: '', functions: functions.join(' ') }])
  }
  return (
    <FieldSet id={id} className="field" {...{ name, label, hint, error }}>
      <Notes id={id} hint={hint} error={error} />
      {rows.map((row, at) => (
        <div key={row.id} className="card stack">
          <Field
            label={t('newService.roleName', { number: at + 1 })}
            value={row.name}
            autoComplete="off"
            spellCheck={false}
            onChange={({ target }) => change({ ...row, name: target.value })}
          />
          <Checks
            name={`${name}-${row.id}`}
            label={t('newService.roleFunctions', { number: at + 1 })}
            value={row.functions}
            options={functions.map((one) => [one, one])}
            onChange={({ target }) => change({ ...row, functions: target.value })}
          />
          <p>
            <button
              type="button"
              className="button quiet"
              onClick={() => put(rows.filter((one) => one.id !== row.id))}
            >
              {t('newService.removeRole', { number: at + 1 })}
            </button>
          </p>
        </div>
      ))}
      <p>
        <button type="button" className="button quiet" onClick={add}>
          {t('newService.addRole')}
        </button>
      </p>
    </FieldSet>
  )
}
