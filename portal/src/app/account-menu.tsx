import { Link, useNavigate, useRouterState } from '@tanstack/react-router'
import { useState } from 'react'
import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { Choice } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { Problem } from '../parts/problem.tsx'
import { useMe, useOrganisation, useSignOut } from './session.tsx'

/** The end of the header: sign in, or whoever is signed in. */
export function AccountMenu() {
  const { t } = useTranslation()
  const { me } = useMe()
  const { pathname, href } = useRouterState({ select: ({ location }) => location })
  const [isOpen, setOpen] = useState(false)
  const [error, setError] = useState<unknown>()
  if (!me) {
    const isSigningIn = ['/sign-in', '/sign-up', '/setup'].includes(pathname)
    return (
      <Link
        to="/sign-in"
        search={isSigningIn || pathname === '/' ? {} : { back: href }}
        className="button quiet sign-in-link"
        aria-label={t('account.signIn')}
      >
        <Icon name="person" />
        <span>{t('account.signIn')}</span>
      </Link>
    )
  }
  const show = (open: boolean) => {
    setOpen(open)
    setError(undefined)
  }
  // Whoever leaves must know where the session may go on: the menu comes back and says why.
  const onFailed = (reason: unknown) => {
    setOpen(true)
    setError(reason)
  }
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={show}>
      <Button className="icon-button account-menu" aria-label={t('account.menu', me.account)}>
        <Icon name="person" />
      </Button>
      <Popover className="popover" placement="bottom end">
        <Dialog className="preference-list" aria-label={t('account.menu', me.account)}>
          {error !== undefined && <Problem error={error} />}
          <Ways onDone={() => show(false)} onFailed={onFailed} />
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}

type WaysProps = {
  readonly onDone: () => void
  readonly onFailed: (reason: unknown) => void
}

function Ways({ onDone, onFailed }: WaysProps) {
  const { t } = useTranslation()
  const { me } = useMe()
  const { organisation, all, choose } = useOrganisation()
  const navigate = useNavigate()
  const signOut = useSignOut()
  const leave = async () => {
    onDone()
    // Away from what needs the session, before it ends.
    await navigate({ to: '/' })
    try {
      await signOut()
    } catch (reason) {
      onFailed(reason)
    }
  }
  return (
    <>
      <p>
        <bdi>{me?.account.name}</bdi>
        <br />
        <span className="faint">{me?.account.email}</span>
      </p>
      {organisation && all.length > 1 && (
        <Choice
          label={t('organisation.chosen')}
          value={organisation.id}
          options={all.map(({ id, name }) => [id, name])}
          onChoose={choose}
        />
      )}
      <Link to="/account" className="button quiet" onClick={onDone}>
        {t('account.title')}
      </Link>
      <Link to="/organisation" className="button quiet" onClick={onDone}>
        {t('organisation.title')}
      </Link>
      <button type="button" className="button quiet" onClick={() => void leave()}>
        {t('account.signOut')}
      </button>
    </>
  )
}
