/** Who one is, at the foot of the navigation: signing out, or, without authentication, whom one acts as. */
import { useQueryClient } from "@tanstack/react-query";
import { LogOut, UserPen } from "lucide-react";
import { useState } from "react";
import { actorPattern, groupsPattern, storeActor, storedActor } from "../api/actor.ts";
import { type Session, signOut } from "../api/session.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import styles from "./shell.module.css";

export function Person({ session }: { readonly session: Session | undefined }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  if (!session) return <span className={styles.person}>Not signed in</span>;
  const name = session.displayName ?? session.username;
  return (
    <>
      <span
        className={styles.person}
        title={session.groups.length > 0 ? `${name}, in ${session.groups.join(", ")}` : name}
      >
        {name}
      </span>
      {session.canLogout ? (
        <IconButton small label="Sign out" onClick={() => void signOut().then(() => client.resetQueries())}>
          <LogOut size={15} />
        </IconButton>
      ) : (
        <IconButton small label="Act as somebody else" onClick={() => setAsking(true)}>
          <UserPen size={15} />
        </IconButton>
      )}
      {asking && (
        <ActAs
          onClose={() => setAsking(false)}
          onChange={() => {
            setAsking(false);
            void client.resetQueries();
          }}
        />
      )}
    </>
  );
}

const formId = "act-as";

function ActAs({ onClose, onChange }: { readonly onClose: () => void; readonly onChange: () => void }) {
  const before = storedActor();
  const [name, setName] = useState(before?.name ?? "");
  const [groups, setGroups] = useState(before?.groups.join(", ") ?? "");
  return (
    <Dialog
      title="Act as"
      onClose={onClose}
      actions={
        <>
          {before && (
            <Button
              onClick={() => {
                storeActor(null);
                onChange();
              }}
            >
              Act as nobody in particular
            </Button>
          )}
          <Button type="submit" form={formId} kind="primary">
            Act as this person
          </Button>
        </>
      }
    >
      <form
        id={formId}
        className={styles.actAs}
        onSubmit={(event) => {
          event.preventDefault();
          storeActor({ name, groups: groups.split(/[\s,]+/).filter((group) => group !== "") });
          onChange();
        }}
      >
        <p>
          This server runs without authentication and believes what it is told. Records carry the name that you give
          here.
        </p>
        <TextField
          label="Name"
          required
          pattern={actorPattern}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          label="Groups"
          hint="Separated by commas, for example refund-approvers."
          pattern={groupsPattern}
          value={groups}
          onChange={(event) => setGroups(event.target.value)}
        />
      </form>
    </Dialog>
  );
}
