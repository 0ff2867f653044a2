/** Entry: styles, theme, then the application. */
import "@fontsource-variable/inter/index.css";
import "@fontsource-variable/jetbrains-mono/index.css";
import "./styles/tokens.css";
import "./styles/base.css";
import { createRoot } from "react-dom/client";
import { actorHeader } from "./api/actor.ts";
import { sendWith } from "./api/client.ts";
import { App } from "./app/app.tsx";
import { applyTheme, storedTheme } from "./app/theme.ts";

applyTheme(storedTheme());
sendWith(actorHeader);

const root = document.getElementById("root");
if (!root) throw new Error("Expected an element with id root, but the page has none.");
createRoot(root).render(<App />);
