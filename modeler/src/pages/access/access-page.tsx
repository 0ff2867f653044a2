/** Who may use this server and for what: accounts, roles, groups, tenants, mapping rules, permissions on single resources. */
import { useAddress } from "../../app/address.ts";
import { useMay } from "../../app/may.ts";
import { Page } from "../../app/page.tsx";
import { TabPanel, Tabs } from "../../ui/tabs.tsx";
import styles from "./access.module.css";
import { AccountsPanel } from "./accounts-panel.tsx";
import { AuthorizationsPanel } from "./authorizations-panel.tsx";
import { EntriesPanel } from "./entries-panel.tsx";
import { RolesPanel } from "./roles-panel.tsx";

/** `type`: who may see these has the permission READ on all of them; accounts are for those who have it by a role. */
const tabs = [
  { id: "accounts", label: "Accounts", type: null },
  { id: "groups", label: "Groups", type: "GROUP" },
  { id: "roles", label: "Roles", type: "ROLE" },
  { id: "permissions", label: "Permissions", type: "AUTHORIZATION" },
  { id: "tenants", label: "Tenants", type: "TENANT" },
  { id: "mapping-rules", label: "Mapping rules", type: "MAPPING_RULE" },
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
  const may = useMay();
  const shown = tabs.filter(({ type }) =>
    may("user:administer", type === null ? "everything" : { resourceType: type, permission: "READ" }),
  );
  const selected = shown.find(({ id }) => id === read("tab"))?.id ?? shown[0]?.id ?? "accounts";
  const Shown = panels[selected];
  return (
    <Page title="Access">
      <Tabs
        label="Access"
        tabs={shown}
        selected={selected}
        // Another tab's filters and page mean nothing here.
        onSelect={(tab) =>
          change({ tab: tab === shown[0]?.id ? null : tab, owner: null, ownerType: null, type: null, from: null })
        }
        controls={panelId}
      />
      <TabPanel id={panelId} selected={selected} className={styles.stack}>
        <Shown key={selected} />
      </TabPanel>
    </Page>
  );
}
