import { thumbprint, toHex } from '@openbsn/sdk'
import { type ReactNode, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLedger } from '../../app/ledger.tsx'
import { Id } from '../../parts/id.tsx'
import { Problem } from '../../parts/problem.tsx'
import { keepMember, useMember } from './kept-member.ts'
import { isKeyOfMember, type MemberKey, memberFileBytesMax, readMemberKey } from './member-key.ts'

type Props = { readonly children: (member: MemberKey) => ReactNode }
type Fault = { readonly text: string } | { readonly error: unknown }

/** Asks for the file with a member's key, and goes on once it is there. It is never sent. */
export function WithMemberKey({ children }: Props) {
  const { t } = useTranslation()
  const { id: ledger } = useLedger()
  const member = useMember(ledger)
  if (!member) return <ChooseFile />
  return (
    <>
      <p>
        {t('member.signsAs', { id: member.id })}{' '}
        <Id id={toHex(thumbprint(member.signer.key))} kind="key" />
      </p>
      <div className="row">
        <button
          type="button"
          className="button quiet"
          onClick={() => keepMember(ledger, undefined)}
        >
          {t('member.forget')}
        </button>
      </div>
      {children(member)}
    </>
  )
}

function ChooseFile() {
  const { t } = useTranslation()
  const { id: ledger, client } = useLedger()
  const id = useId()
  const [fault, setFault] = useState<Fault>()
  const take = async (file: File | undefined) => {
    if (!file) return
    try {
      const read = file.size > memberFileBytesMax ? undefined : readMemberKey(await file.text())
      if (!read) return setFault({ text: t('member.wrongFile', { name: file.name }) })
      if (await isKeyOfMember(client, read)) return keepMember(ledger, read)
      setFault({ text: t('member.wrongKey', { id: read.id }) })
    } catch (error) {
      setFault({ error })
    }
  }
  return (
    <div className="file-field">
      <label className="button file-button">
        {t('member.choose')}
        <input
          type="file"
          className="unseen"
          accept=".member,.json,application/json"
          aria-describedby={`${id}-hint ${id}-fault`}
          onChange={({ target }) => {
            void take(target.files?.[0])
            // So that the same file can be chosen again after it was changed.
            target.value = ''
          }}
        />
      </label>
      <p id={`${id}-hint`} className="hint-text">
        {t('member.chooseHint')}
      </p>
      <div id={`${id}-fault`}>
        {fault && 'text' in fault && (
          <p className="error-text" role="alert">
            {fault.text}
          </p>
        )}
        {fault && 'error' in fault && <Problem error={fault.error} />}
      </div>
    </div>
  )
}
