/** The sign-in form, in place of everything else while the server does not know who asks. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { signIn } from "../api/session.ts";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { ProblemNotice } from "../ui/notice.tsx";
import styles from "./sign-in.module.css";

export function SignIn() {
  const client = useQueryClient();
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const signing = useMutation({
    mutationFn: () => signIn(username, password),
    onSuccess: () => client.resetQueries(),
  });
  return (
    <main className={styles.frame}>
      <form
        className={styles.card}
        onSubmit={(event) => {
          event.preventDefault();
          signing.mutate();
        }}
      >
        <h1>
          <img src="/favicon.svg" alt="" width={28} height={28} />
          Sign in to Interlock
        </h1>
        <TextField
          label="Name"
          autoComplete="username"
          required
          value={username}
          onChange={(event) => setUsername(event.target.value)}
        />
        <TextField
          label="Password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        {signing.error && <ProblemNotice error={signing.error} />}
        <Button type="submit" kind="primary" disabled={signing.isPending}>
          Sign in
        </Button>
      </form>
    </main>
  );
}
