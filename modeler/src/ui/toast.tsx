/** Short confirmations ("Version 8 deployed"). Failures are never told here: they stay where they happened. */
import { CircleCheck } from "lucide-react";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";
import styles from "./toast.module.css";

const shownMs = 5000;

const ToastContext = createContext<(text: string) => void>(() => undefined);

/** Gives the function that shows a confirmation. */
export function useToast(): (text: string) => void {
  return useContext(ToastContext);
}

export function ToastRegion({ children }: { readonly children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly { id: number; text: string }[]>([]);
  const show = useCallback((text: string) => {
    const id = Date.now() + Math.random();
    setToasts((all) => [...all.slice(-2), { id, text }]);
    setTimeout(() => setToasts((all) => all.filter((toast) => toast.id !== id)), shownMs);
  }, []);
  const region = useMemo(
    () => (
      <div className={styles.region} role="status" aria-live="polite">
        {toasts.map((toast) => (
          <div key={toast.id} className={styles.toast}>
            <CircleCheck size={16} aria-hidden="true" />
            {toast.text}
          </div>
        ))}
      </div>
    ),
    [toasts],
  );
  return (
    <ToastContext value={show}>
      {children}
      {region}
    </ToastContext>
  );
}
