/** Built-in roles × what they permit. The marks have words: a table that is read aloud says yes or no in each cell. */
import { Check } from "lucide-react";
import { Fragment } from "react";
import { Link } from "wouter";
import type { RolePermissions } from "../../api/directory.ts";
import { sentence } from "../../ui/states.ts";
import { entryHref } from "./kinds.ts";
import { permissionAreas } from "./permission-words.ts";
import styles from "./role-matrix.module.css";

export function RoleMatrix({ roles }: { readonly roles: readonly RolePermissions[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keyboard
    <section className={styles.scroll} tabIndex={0} aria-label="Roles and their permissions">
      <table className={styles.matrix}>
        <caption className="visually-hidden">What each built-in role permits</caption>
        <thead>
          <tr>
            <th scope="col">May</th>
            {roles.map(({ roleId }) => (
              <th key={roleId} scope="col">
                <Link href={entryHref("role", roleId)}>{sentence(roleId)}</Link>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {permissionAreas.map((area) => (
            <Fragment key={area.title}>
              <tr className={styles.area}>
                <th scope="rowgroup" colSpan={roles.length + 1}>
                  {area.title}
                </th>
              </tr>
              {area.words.map(([permission, text]) => (
                <tr key={permission} className={styles.row}>
                  <th scope="row" title={permission}>
                    {text}
                  </th>
                  {roles.map(({ roleId, permissions }) => (
                    <td key={roleId}>
                      {permissions.includes(permission) ? (
                        <>
                          <Check size={14} aria-hidden="true" />
                          <span className="visually-hidden">yes</span>
                        </>
                      ) : (
                        <span className="visually-hidden">no</span>
                      )}
                    </td>
                  ))}
                </tr>
              ))}
            </Fragment>
          ))}
        </tbody>
      </table>
    </section>
  );
}
