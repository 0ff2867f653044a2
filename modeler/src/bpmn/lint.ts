/** The rules of deployment in the browser: the same code as on the server, in its own chunk. */
export { lintBpmn } from "interlock:lint";
