import type { PortalRole } from '@openbsn/sdk'
import { useTranslation } from 'react-i18next'

const roles: readonly PortalRole[] = ['owner', 'administrator', 'developer', 'auditor']

/** Roles that such a role gives others, in plain words: nobody makes an owner but an owner. */
export function useGivenRoles(own: PortalRole): readonly (readonly [PortalRole, string])[] {
  const { t } = useTranslation()
  return roles
    .filter((one) => own === 'owner' || one !== 'owner')
    .map((one) => [one, `${t(`roles.${one}`)}: ${t(`roleNotes.${one}`)}`] as const)
}
