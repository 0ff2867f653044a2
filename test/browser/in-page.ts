/**
 * What runs inside the page. As text, because the tests are checked against Node's types and these lines live in a
 * browser; each is an expression that playwright evaluates there.
 */

/**
 * Tells violations of the content security policy on the console, where the watch hears them. One is Chromium's own: when
 * all of a CodeMirror text is replaced by typing, native editing tries to keep its colour with a style attribute. The
 * policy blocks that, the editor draws the text itself, nothing is lost.
 */
export const reportPolicyViolations = `document.addEventListener("securitypolicyviolation", (event) => {
  if (event.violatedDirective === "style-src-attr" && event.target instanceof Element && event.target.closest(".cm-content")) return;
  console.error("content security policy: " + event.violatedDirective + " " + event.blockedURI + " " + event.sample);
})`;

/** Nothing is loading any more: no skeletons, every diagram and editor drawn. */
export const isSettled = `document.querySelectorAll('[role="status"][aria-label="Loading"], [data-ready="false"]').length === 0`;

/** Runs axe (injected before) and gives one line per fault. */
export const runAxe = `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }).then(({ violations }) =>
  violations.map(({ id, help, nodes }) => id + ": " + help + " (" + nodes.slice(0, 3).map((node) => node.target.join(" ")).join("; ") + ")"))`;

/** For each bpmn.io mark: is it drawn, opaque, and the topmost thing at its place? */
export const readWatermarks = `[...document.querySelectorAll(".bjs-powered-by, .fjs-powered-by-link")].map((mark) => {
  mark.scrollIntoView({ block: "nearest" });
  const box = mark.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return box.width > 0 && box.height > 0 && mark.contains(top) && getComputedStyle(mark).opacity === "1";
})`;

/** Three faults that axe has to find: the control of the control. */
export const plantFaults = `document.querySelector("main header").insertAdjacentHTML("beforeend",
  '<div><img src="/favicon.svg"><button></button><p class="planted">grey on grey</p></div>');
document.querySelector(".planted").style.cssText = "color: #999; background: #aaa"`;

/** What scrolls sideways though only tables may: the content of a page, and its title below a readable width. */
export const readOverflow = `[
  ...[...document.querySelectorAll("main header ~ div")].filter((body) => body.scrollWidth > body.clientWidth + 4).map(() => "content"),
  ...[...document.querySelectorAll("main h1")].filter((title) => title.clientWidth < Math.min(title.scrollWidth, 150)).map(() => "title"),
]`;

/** How many key figures stand in each row. */
export const readRowsOfFigures = `(() => {
  const rows = new Map();
  for (const { offsetTop } of document.querySelectorAll("main dl dt")[0].closest("dl").children)
    rows.set(offsetTop, (rows.get(offsetTop) ?? 0) + 1);
  return [...rows.values()];
})()`;
