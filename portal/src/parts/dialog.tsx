import type { ReactNode } from 'react'
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { Icon } from './icon.tsx'

type Props = {
  readonly title: string
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly children: ReactNode
  /** At the top, for what is typed into; in the middle where not said. */
  readonly place?: 'top'
}

/** Over the page: Escape or a click beside it closes it, and the focus goes back. */
export function Dialog({ title, isOpen, onClose, children, place }: Props) {
  const { t } = useTranslation()
  return (
    <ModalOverlay
      className="overlay"
      data-place={place}
      isOpen={isOpen}
      isDismissable
      onOpenChange={(open) => !open && onClose()}
    >
      <Modal className="modal">
        <AriaDialog className="dialog">
          <header>
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            <button
              type="button"
              className="icon-button"
              aria-label={t('parts.close')}
              onClick={onClose}
            >
              <Icon name="cross" />
            </button>
          </header>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}
