import type { ReactNode } from 'react'
import { Tabs as AriaTabs, Tab, TabList, TabPanel } from 'react-aria-components'

export type TabOf<T extends string> = {
  readonly id: T
  readonly title: string
  readonly content: () => ReactNode
}

type Props<T extends string> = {
  readonly label: string
  /** Kept in the URL by whoever shows them. */
  readonly selected: T
  readonly tabs: readonly TabOf<T>[]
  readonly onSelect: (id: T) => void
}

/** Parts of a page, one at a time. */
export function Tabs<T extends string>({ label, selected, tabs, onSelect }: Props<T>) {
  const select = (key: string | number) => {
    const tab = tabs.find(({ id }) => id === key)
    if (tab && tab.id !== selected) onSelect(tab.id)
  }
  return (
    <AriaTabs className="tabs" selectedKey={selected} onSelectionChange={select}>
      <TabList className="tab-list" aria-label={label}>
        {tabs.map(({ id, title }) => (
          <Tab key={id} id={id} className="tab">
            {title}
          </Tab>
        ))}
      </TabList>
      <TabPanel key={selected} id={selected} className="tab-panel">
        {tabs.find(({ id }) => id === selected)?.content()}
      </TabPanel>
    </AriaTabs>
  )
}
