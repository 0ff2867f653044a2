/** Labelled inputs: label above, hint or error below, both announced. */
import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from "react";
import { classes } from "./classes.ts";
import styles from "./field.module.css";

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | null;
  /** The label is for screen readers only (filter bars). */
  readonly hideLabel?: boolean;
}

function Frame({
  id,
  label,
  hint,
  error,
  hideLabel,
  children,
}: FieldProps & { readonly id: string; readonly children: ReactNode }) {
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={hideLabel ? "visually-hidden" : styles.label}>
        {label}
      </label>
      {children}
      {error ? (
        <p id={`${id}-note`} className={styles.error}>
          {error}
        </p>
      ) : hint ? (
        <p id={`${id}-note`} className={styles.hint}>
          {hint}
        </p>
      ) : null}
    </div>
  );
}

function described(id: string, { hint, error }: FieldProps) {
  return { ...(hint || error ? { "aria-describedby": `${id}-note` } : {}), ...(error ? { "aria-invalid": true } : {}) };
}

export function TextField({
  label,
  hint,
  error,
  hideLabel,
  ...rest
}: FieldProps & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  const field: FieldProps = { label, hint, ...(error ? { error } : {}), ...(hideLabel ? { hideLabel } : {}) };
  return (
    <Frame id={id} {...field}>
      <input {...rest} id={id} className={styles.input} {...described(id, field)} />
    </Frame>
  );
}

export function TextArea({
  label,
  hint,
  error,
  hideLabel,
  code,
  ...rest
}: FieldProps & { readonly code?: boolean } & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  const field: FieldProps = { label, hint, ...(error ? { error } : {}), ...(hideLabel ? { hideLabel } : {}) };
  return (
    <Frame id={id} {...field}>
      <textarea {...rest} id={id} className={classes(styles.input, code && styles.code)} {...described(id, field)} />
    </Frame>
  );
}

export function SelectField({
  label,
  hint,
  error,
  hideLabel,
  children,
  ...rest
}: FieldProps & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  const field: FieldProps = { label, hint, ...(error ? { error } : {}), ...(hideLabel ? { hideLabel } : {}) };
  return (
    <Frame id={id} {...field}>
      <select {...rest} id={id} className={styles.input} {...described(id, field)}>
        {children}
      </select>
    </Frame>
  );
}
