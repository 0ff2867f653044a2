/** The changes in words: what, of which kind, and each fact before and after. Choosing one shows where it is. */
import { type RefObject, useEffect, useRef } from "react";
import { Empty } from "../ui/notice.tsx";
import type { Change, Detail, What } from "./change.ts";
import styles from "./change-list.module.css";
import { order, signs, titles, whereTheyDiffer } from "./change-words.ts";

const shownMax = 300;

interface ChangeListProps {
  readonly changes: readonly Change[];
  readonly selected?: string | null;
  /** Without it, the changes have no place to show. */
  readonly onSelect?: ((id: string) => void) | undefined;
}

export function ChangeList({ changes, selected = null, onSelect }: ChangeListProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => scrollTo(list, selected), [selected]);
  if (changes.length === 0) return <Empty title="No differences">Both versions say the same.</Empty>;
  return (
    <div ref={list} className={styles.list}>
      {order.map((what) => {
        const group = changes.filter((change) => change.what === what);
        if (group.length === 0) return null;
        return (
          <section key={what} aria-label={`${titles[what]}: ${group.length}`}>
            <h3 className={styles.title}>
              <SignMark what={what} /> {titles[what]} <span className={styles.count}>{group.length}</span>
            </h3>
            <ul className={styles.changes}>
              {group.slice(0, shownMax).map((change) => (
                <li key={change.id} data-change={change.id}>
                  <Heading change={change} pressed={change.id === selected} onSelect={onSelect} />
                  {change.details.length > 0 && <Details details={change.details} added={what === "added"} />}
                </li>
              ))}
            </ul>
            {group.length > shownMax && <p className={styles.more}>and {group.length - shownMax} more</p>}
          </section>
        );
      })}
    </div>
  );
}

function scrollTo(list: RefObject<HTMLDivElement | null>, id: string | null): void {
  if (id === null) return;
  const item = [...(list.current?.querySelectorAll<HTMLElement>("[data-change]") ?? [])].find(
    (candidate) => candidate.dataset.change === id,
  );
  item?.scrollIntoView({ block: "nearest" });
}

/** The sign of a kind of change; the word always stands beside it or is read out. */
export function SignMark({ what }: { readonly what: What }) {
  return (
    <span className={styles.sign} data-what={what} aria-hidden="true">
      {signs[what]}
    </span>
  );
}

function Heading({
  change,
  pressed,
  onSelect,
}: {
  readonly change: Change;
  readonly pressed: boolean;
  readonly onSelect: ChangeListProps["onSelect"];
}) {
  const text = (
    <>
      <span className={styles.name}>{change.name}</span>
      <span className={styles.kind}>{change.kind}</span>
    </>
  );
  if (!onSelect) return <p className={styles.heading}>{text}</p>;
  return (
    <button type="button" className={styles.heading} aria-pressed={pressed} onClick={() => onSelect(change.id)}>
      {text}
    </button>
  );
}

function Details({ details, added }: { readonly details: readonly Detail[]; readonly added: boolean }) {
  return (
    <dl className={styles.details}>
      {details.map(({ label, before, after }) => (
        <div key={label}>
          <dt>{label}</dt>
          {added ? <dd className={styles.value}>{after}</dd> : <BeforeAfter before={before} after={after} />}
        </div>
      ))}
    </dl>
  );
}

function BeforeAfter({ before, after }: { readonly before: string | null; readonly after: string | null }) {
  const [old, now] = before !== null && after !== null ? whereTheyDiffer(before, after) : [before, after];
  return (
    <>
      {old !== null && (
        <dd>
          <Removed>{old}</Removed>
        </dd>
      )}
      {now !== null && (
        <dd>
          <Inserted>{now}</Inserted>
        </dd>
      )}
    </>
  );
}

export function Removed({ children }: { readonly children: string }) {
  return (
    <del className={styles.before}>
      <span className="visually-hidden">before: </span>
      {children === "" ? <Blank /> : children}
    </del>
  );
}

export function Inserted({ children }: { readonly children: string }) {
  return (
    <ins className={styles.after}>
      <span className="visually-hidden">now: </span>
      {children === "" ? <Blank /> : children}
    </ins>
  );
}

function Blank() {
  return <span className={styles.blank}>empty</span>;
}
