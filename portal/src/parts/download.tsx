import { Icon } from './icon.tsx'

type Props = {
  readonly name: string
  readonly label: string
  readonly bytes: Uint8Array | string
  readonly type?: string
}

/** Offers bytes as a file. Nothing is sent: they are in the page already. */
export function Download({ name, label, bytes, type = 'application/octet-stream' }: Props) {
  return (
    <button type="button" className="button quiet" onClick={() => saveFile({ name, bytes, type })}>
      <Icon name="download" />
      {label}
    </button>
  )
}

type File = { readonly name: string; readonly bytes: Uint8Array | string; readonly type: string }

/** Has the browser keep a file. */
export function saveFile({ name, bytes, type }: File): void {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer> | string], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
