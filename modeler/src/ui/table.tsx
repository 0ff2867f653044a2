/** Lists: a real table whose rows lead to their detail page. */
import type { ReactNode } from "react";
import { Link } from "wouter";
import styles from "./table.module.css";

export interface Column<Row> {
  readonly title: string;
  readonly number?: boolean;
  readonly cell: (row: Row) => ReactNode;
}

export function Table<Row>({
  caption,
  columns,
  rows,
  rowKey,
  withoutLinks,
}: {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** Nothing in it takes the focus: then the region that scrolls has to, for who scrolls by keyboard. */
  readonly withoutLinks?: boolean;
}) {
  return (
    <div
      className={styles.scroll}
      {...(withoutLinks ? { role: "region", "aria-label": `${caption}, table`, tabIndex: 0 } : {})}
    >
      <table className={styles.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" className={column.number ? styles.number : undefined}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) => (
                <td key={column.title} className={column.number ? styles.number : undefined}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The link of a row: it stretches over the whole row. */
export function RowLink({ href, children }: { readonly href: string; readonly children: ReactNode }) {
  return (
    <Link href={href} data-row-link="">
      {children}
    </Link>
  );
}
