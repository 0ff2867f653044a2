/** Light, dark, or as the system has it; remembered in the browser. */
import { useState } from "react";

export type Theme = "system" | "light" | "dark";

const place = "interlock:theme";

export function storedTheme(): Theme {
  try {
    const theme = localStorage.getItem(place);
    return theme === "light" || theme === "dark" ? theme : "system";
  } catch {
    return "system";
  }
}

export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(storedTheme);
  return [
    theme,
    (next) => {
      try {
        localStorage.setItem(place, next);
      } catch {
        // Private windows may refuse to remember; the theme still applies to this page.
      }
      applyTheme(next);
      setTheme(next);
    },
  ];
}
