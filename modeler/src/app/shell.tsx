/** The frame around all pages: navigation in three groups, who is signed in, whether updates are live, the theme. */
import { useQuery } from "@tanstack/react-query";
import { Moon, Sun, SunMoon } from "lucide-react";
import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { ApiError } from "../api/client.ts";
import { listIncidents } from "../api/instances.ts";
import { searchTasks } from "../api/tasks.ts";
import { IconButton } from "../ui/button.tsx";
import { type LiveState, useLive } from "./live.ts";
import { useMay, useSession } from "./may.ts";
import { navigation } from "./navigation.ts";
import { Person } from "./person.tsx";
import styles from "./shell.module.css";
import { SignIn } from "./sign-in.tsx";
import { type Theme, useTheme } from "./theme.ts";

export function Shell({ children }: { readonly children: ReactNode }) {
  const session = useSession();
  if (session.error instanceof ApiError && session.error.problem.status === 401) return <SignIn />;
  // What is shown depends on who asks: nothing before that is known.
  if (session.isPending) return null;
  return <Frame>{children}</Frame>;
}

function Frame({ children }: { readonly children: ReactNode }) {
  const may = useMay();
  const live = useLive(may("cluster:read"));
  return (
    <div className={styles.shell}>
      <a href="#main" className={styles.skip}>
        Skip to content
      </a>
      <div className={styles.nav}>
        <Link href="/" className={styles.brand}>
          <img src="/favicon.svg" alt="" width={24} height={24} />
          Interlock
        </Link>
        <nav aria-label="Main">
          {navigation.map((group) => (
            <NavGroup key={group.title} group={group} />
          ))}
        </nav>
        <Foot live={live} />
      </div>
      <main id="main" tabIndex={-1} className={styles.main}>
        {children}
      </main>
    </div>
  );
}

function NavGroup({ group }: { readonly group: (typeof navigation)[number] }) {
  const [location] = useLocation();
  const may = useMay();
  const open = useQuery({
    queryKey: ["tasks", "count"],
    queryFn: async ({ signal }) => (await searchTasks("open", null, signal)).page.totalItems,
    enabled: may("task:read"),
  });
  const incidents = useQuery({
    queryKey: ["incidents", "count"],
    queryFn: async ({ signal }) => (await listIncidents({ state: "ACTIVE" }, signal)).length,
    enabled: may("instance:read"),
  });
  // A link that only leads to a refusal is no help.
  const links = group.links.filter(({ permission, thing }) => may(permission, thing));
  if (links.length === 0) return null;
  const badges = new Map<string, { readonly count: number | undefined; readonly tone?: "bad"; readonly noun: string }>([
    ["/tasks", { count: open.data, noun: "open tasks" }],
    ["/incidents", { count: incidents.data, tone: "bad", noun: "open incidents" }],
  ]);
  return (
    <div className={styles.group}>
      <h2>{group.title}</h2>
      <ul>
        {links.map(({ href, text, Icon }) => {
          const badge = badges.get(href);
          return (
            <li key={href}>
              <Link
                href={href}
                className={styles.link}
                aria-current={location === href || location.startsWith(`${href}/`) ? "page" : undefined}
              >
                <Icon size={16} aria-hidden="true" />
                {text}
                {badge?.count ? (
                  <span className={styles.badge} data-tone={badge.tone}>
                    {badge.count}
                    <span className="visually-hidden"> {badge.noun}</span>
                  </span>
                ) : null}
              </Link>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

const liveTexts: Readonly<Record<LiveState, string>> = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  polling: "Updated every 5 s",
};
const nextTheme: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };
const themeIcons = { system: SunMoon, light: Sun, dark: Moon };

function Foot({ live }: { readonly live: LiveState }) {
  const [theme, setTheme] = useTheme();
  const session = useSession();
  const Icon = themeIcons[theme];
  return (
    <div className={styles.foot}>
      <div className={styles.footRow}>
        <Person session={session.data} />
        <IconButton
          small
          label={`Theme: ${theme}. Switch to ${nextTheme[theme]}`}
          onClick={() => setTheme(nextTheme[theme])}
        >
          <Icon size={15} />
        </IconButton>
      </div>
      <div className={styles.footRow}>
        <span className={styles.live} data-state={live} role="status">
          {liveTexts[live]}
        </span>
        <a href="/docs">API</a>
      </div>
    </div>
  );
}
