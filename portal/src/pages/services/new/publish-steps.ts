import { useTranslation } from 'react-i18next'

/** The names of the steps to a service; the last one by the state that it came to. */
export function usePublishSteps(): (status?: string) => readonly string[] {
  const { t } = useTranslation()
  return (status = 'running') => [
    t('newService.steps.sign'),
    t('newService.steps.register'),
    t('newService.steps.receipt'),
    t(`newService.ends.${status}`, { defaultValue: t(`states.${status}`) }),
  ]
}
