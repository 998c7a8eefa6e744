import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { Choice } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { chooseLanguage, languages } from './language.ts'
import { openOverlay } from './overlays.tsx'
import { themes, useTheme } from './theme.ts'

const icons = { light: 'sun', dark: 'moon', system: 'system' } as const
/** Each language in its own words, so that those find it who read no other. */
const names = { en: 'English', 'zh-CN': '简体中文' } as const

/** Language and theme: kept, and at once in force on the page as it is. */
export function Preferences() {
  const { t, i18n } = useTranslation()
  const [theme, setTheme] = useTheme()
  const language = languages.find((one) => one === i18n.language) ?? 'en'
  const short = language === 'en' ? 'EN' : '中'
  return (
    <DialogTrigger>
      <Button
        className="icon-button preferences"
        aria-label={`${short} · ${t('shell.preferences')}`}
      >
        <Icon name={icons[theme]} />
        <span>{short}</span>
      </Button>
      <Popover className="popover" placement="bottom end">
        <Dialog className="preference-list" aria-label={t('shell.preferences')}>
          <Choice
            label={t('shell.language')}
            value={language}
            options={languages.map((one) => [one, names[one]])}
            onChoose={(one) => void chooseLanguage(one)}
          />
          <Choice
            label={t('shell.theme')}
            value={theme}
            options={themes.map((one) => [one, t(`themes.${one}`)])}
            onChoose={setTheme}
          />
          <button type="button" className="button quiet" onClick={() => openOverlay('shortcuts')}>
            {t('shortcuts.title')} <kbd>?</kbd>
          </button>
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}
