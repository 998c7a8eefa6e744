import type { PortalAct, ServiceObject } from '@openbsn/sdk'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useOrganisation } from '../../../app/session.tsx'
import { Badge } from '../../../parts/badge.tsx'
import { Dialog } from '../../../parts/dialog.tsx'
import { Facts } from '../../../parts/facts.tsx'
import { useFormats } from '../../../parts/formats.ts'
import { Id } from '../../../parts/id.tsx'
import { Time } from '../../../parts/time.tsx'
import { RegisteredAct } from '../../explore/registered.tsx'
import { MoveCredential } from './move-credential.tsx'
import type { MadeKey } from './new-secret.ts'
import { RotateCredential } from './rotate-credential.tsx'
import { scopeName } from './scope-name.ts'
import type { OwnCredential } from './use-own.ts'

type Props = {
  readonly credential: OwnCredential
  /** When it was used last at this gateway; undefined while that is not known. */
  readonly used: number | 'never' | undefined
  readonly service: ServiceObject
  readonly onMade: (key: MadeKey) => void
}

const ways = ['rotate', 'freeze', 'unfreeze', 'revoke'] as const
type Way = (typeof ways)[number]

const isOpenTo = (way: Way, status: string) =>
  status !== 'revoked' &&
  (way === 'unfreeze' ? status === 'frozen' : way !== 'freeze' || status === 'active')

/** One credential, and what is done about it. */
export function CredentialCard({ credential, used, service, onMade }: Props) {
  const { t } = useTranslation()
  const { may } = useOrganisation()
  const [way, setWay] = useState<Way>()
  const [done, setDone] = useState<PortalAct>()
  const { label, status } = credential
  const close = () => setWay(undefined)
  const end = (act: PortalAct) => {
    close()
    setDone(act)
  }
  const offered = ways.filter((one) => isOpenTo(one, status) && may(`credential-${one}`))
  return (
    <li className="card">
      <h3>
        <bdi>{label}</bdi> <Badge state={status} />
      </h3>
      <About credential={credential} used={used} />
      {done && <RegisteredAct act={done} />}
      <div className="row">
        {offered.map((one) => (
          <button key={one} type="button" className="button quiet" onClick={() => setWay(one)}>
            {t(`credentials.waysOf.${one}`, { label })}
          </button>
        ))}
      </div>
      <Dialog
        title={way === undefined ? label : t(`credentials.waysOf.${way}`, { label })}
        isOpen={way !== undefined}
        onClose={close}
      >
        {way === 'rotate' && <RotateCredential {...{ credential, service, onMade }} />}
        {way !== undefined && way !== 'rotate' && (
          <MoveCredential credential={credential} way={way} onDone={end} />
        )}
      </Dialog>
    </li>
  )
}

function About({ credential, used }: Pick<Props, 'credential' | 'used'>) {
  const { t } = useTranslation()
  const { list, number } = useFormats()
  const { id, scopes, apiKeys, keys, created, expires, entry } = credential
  return (
    <Facts
      facts={[
        [t('credentials.id'), <Id key="id" id={id} kind="credential" />],
        [t('credentials.scopes'), list(scopes.map((one) => scopeName(t, one)))],
        apiKeys.length === 0
          ? undefined
          : [
              t('credentials.apiKeys'),
              apiKeys.map(({ hint, until }) => (
                <span key={hint}>
                  <code>{hint}</code>{' '}
                  {until !== undefined && (
                    <>
                      {t('credentials.until')} <Time seconds={until} />
                    </>
                  )}{' '}
                </span>
              )),
            ],
        keys.length === 0
          ? undefined
          : [
              t('credentials.keys'),
              keys.map((key) => (
                <span key={key}>
                  <Id id={key} kind="key" />{' '}
                </span>
              )),
            ],
        used === undefined
          ? undefined
          : [
              t('credentials.used'),
              used === 'never' ? (
                t('credentials.neverUsed')
              ) : (
                <Time key="used" seconds={used} kind="wall" />
              ),
            ],
        [t('credentials.created'), <Time key="created" seconds={created} kind="wall" />],
        [
          t('credentials.entry'),
          <Link key="entry" to="/explore/entries/$index" params={{ index: String(entry) }}>
            #{number(entry)}
          </Link>,
        ],
        [
          t('credentials.ends'),
          expires === undefined ? (
            t('credentials.lives.never')
          ) : (
            <Time key="ends" seconds={expires} />
          ),
        ],
      ]}
    />
  )
}
