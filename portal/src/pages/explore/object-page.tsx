import { getRouteApi } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Field } from '../../parts/field.tsx'
import { Page } from '../../parts/page.tsx'
import { ProvenObjectView } from './proven-object.tsx'

const route = getRouteApi('/explore/objects')

/** /explore/objects?key=…: anything in the state, proven. */
export function ObjectPage() {
  const { t } = useTranslation()
  const { key } = route.useSearch()
  const navigate = route.useNavigate()
  const show = (text: FormDataEntryValue | null) =>
    void navigate({ search: (before) => ({ ...before, key: String(text ?? '') }) })
  return (
    <Page title={key ?? t('object.title')} over={t('object.over')} lead={t('object.lead')}>
      <form
        className="filters"
        onSubmit={(event) => {
          event.preventDefault()
          show(new FormData(event.currentTarget).get('key'))
        }}
      >
        <Field
          key={key}
          label={t('object.key')}
          name="key"
          defaultValue={key}
          required
          hint={t('object.hint')}
        />
        <button type="submit" className="button">
          {t('object.show')}
        </button>
      </form>
      {key !== undefined && <ProvenObjectView stateKey={key} />}
    </Page>
  )
}
