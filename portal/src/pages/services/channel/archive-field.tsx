import { sha256, toHex } from '@openbsn/sdk'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { announce } from '../../../parts/announce.tsx'
import { DropZone } from '../../../parts/drop-zone.tsx'
import { Facts } from '../../../parts/facts.tsx'
import { FieldSet, Notes } from '../../../parts/field.tsx'
import { useFormats } from '../../../parts/formats.ts'

/** The sources of a contract, as they are sent. */
export type Archive = {
  readonly name: string
  readonly bytes: Uint8Array
  /** SHA-256 in hex. */
  readonly digest: string
}

/** A node takes no more. */
const archiveBytesMax = 32 * 1024 * 1024
const isGzip = (bytes: Uint8Array) => bytes[0] === 0x1f && bytes[1] === 0x8b

type Props = {
  readonly name: string
  readonly label: string
  readonly hint: string | undefined
  readonly error: string | undefined
  readonly archive: Archive | undefined
  readonly onArchive: (archive: Archive) => void
}

/** An archive that is dropped or chosen, with its digest. One that is not taken changes nothing. */
export function ArchiveField({ name, label, hint, error, archive, onArchive }: Props) {
  const { t } = useTranslation()
  const { bytes: sizeOf } = useFormats()
  const id = useId()
  const [fault, setFault] = useState<string>()
  const take = async (files: FileList | null) => {
    const file = files?.[0]
    if (!file) return
    if (file.size > archiveBytesMax) {
      return setFault(t('channel.archive.tooLarge', { name: file.name }))
    }
    const bytes = new Uint8Array(await file.arrayBuffer())
    if (!isGzip(bytes)) return setFault(t('channel.archive.noArchive', { name: file.name }))
    setFault(undefined)
    onArchive({ name: file.name, bytes, digest: toHex(sha256(bytes)) })
    announce(t('channel.archive.taken', { name: file.name }))
  }
  const wrong = fault ?? error
  return (
    <FieldSet id={id} name={name} label={label} hint={hint} error={wrong} className="field">
      <DropZone
        text={t('channel.archive.drop')}
        choose={t(archive ? 'channel.archive.another' : 'channel.archive.choose')}
        accept=".tgz,.gz,application/gzip"
        onFiles={(files) => void take(files)}
      />
      <Notes id={id} hint={hint} error={wrong} />
      {archive && (
        <Facts
          facts={[
            [t('channel.archive.file'), archive.name],
            [t('channel.archive.size'), sizeOf(archive.bytes.length)],
            [t('channel.archive.digest'), <code key="digest">{archive.digest}</code>],
          ]}
        />
      )}
    </FieldSet>
  )
}
