/** Who may use this server and for what: accounts, roles, groups, tenants, mapping rules, permissions on single resources. */
import { useAddress } from "../../app/address.ts";
import { Page } from "../../app/page.tsx";
import { TabPanel, Tabs } from "../../ui/tabs.tsx";
import styles from "./access.module.css";
import { AccountsPanel } from "./accounts-panel.tsx";
import { AuthorizationsPanel } from "./authorizations-panel.tsx";
import { EntriesPanel } from "./entries-panel.tsx";
import { RolesPanel } from "./roles-panel.tsx";

const tabs = [
  { id: "accounts", label: "Accounts" },
  { id: "groups", label: "Groups" },
  { id: "roles", label: "Roles" },
  { id: "permissions", label: "Permissions" },
  { id: "tenants", label: "Tenants" },
  { id: "mapping-rules", label: "Mapping rules" },
] as const;
type TabId = (typeof tabs)[number]["id"];
const panelId = "access-panel";

const panels: Readonly<Record<TabId, () => React.JSX.Element>> = {
  accounts: AccountsPanel,
  groups: () => <EntriesPanel kind="group" />,
  roles: RolesPanel,
  permissions: AuthorizationsPanel,
  tenants: () => <EntriesPanel kind="tenant" />,
  "mapping-rules": () => <EntriesPanel kind="mappingRule" />,
};

export function AccessPage() {
  const [read, change] = useAddress();
  const selected = tabs.find(({ id }) => id === read("tab"))?.id ?? "accounts";
  const Shown = panels[selected];
  return (
    <Page title="Access">
      <Tabs
        label="Access"
        tabs={tabs}
        selected={selected}
        // Another tab's filters and page mean nothing here.
        onSelect={(tab) =>
          change({ tab: tab === "accounts" ? null : tab, owner: null, ownerType: null, type: null, from: null })
        }
        controls={panelId}
      />
      <TabPanel id={panelId} selected={selected} className={styles.stack}>
        <Shown key={selected} />
      </TabPanel>
    </Page>
  );
}
