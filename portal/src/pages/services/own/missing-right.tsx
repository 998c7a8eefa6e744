import { useTranslation } from 'react-i18next'
import { useMe } from '../../../app/session.tsx'
import { useFormats } from '../../../parts/formats.ts'

/** Names the right that somebody does not have, and who has it. */
export function MissingRight({ right }: { readonly right: string }) {
  const { t } = useTranslation()
  const { list } = useFormats()
  const { me } = useMe()
  const roles = me?.rights.find(({ name }) => name === right)?.roles ?? []
  const who = list(roles.map((one) => t(`roles.${one}`)))
  return <p className="note">{t('rights.missing', { right, who })}</p>
}
