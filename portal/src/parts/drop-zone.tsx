import { type ChangeEvent, type DragEvent, useState } from 'react'

type Props = {
  /** What may be dropped here. */
  readonly text: string
  /** What the button says, which is the other way. */
  readonly choose: string
  readonly onFiles: (files: FileList | null) => void
  readonly accept?: string
  readonly isMultiple?: boolean
  /** Id of what describes it. */
  readonly describedBy?: string | undefined
}

/** Where files are dropped, or chosen. */
export function DropZone({ text, choose, onFiles, describedBy, ...own }: Props) {
  const { accept, isMultiple = false } = own
  const [isOver, setOver] = useState(false)
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    onFiles(event.dataTransfer.files)
  }
  const change = ({ target }: ChangeEvent<HTMLInputElement>) => {
    onFiles(target.files)
    // So that the same file can be chosen again after it was changed.
    target.value = ''
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way beside it.
    <div
      className="drop"
      data-over={isOver || undefined}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <p>{text}</p>
      <label className="button">
        {choose}
        <input
          type="file"
          className="unseen"
          {...(accept === undefined ? {} : { accept })}
          multiple={isMultiple}
          aria-describedby={describedBy}
          onChange={change}
        />
      </label>
    </div>
  )
}
