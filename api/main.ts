/** The server as a process: settings from the environment, an address on standard output, an orderly end on signals. */
import { fileURLToPath } from "node:url";
import { startApplication } from "./application.ts";
import { InvalidSettings, readSettings } from "./config.ts";
import { openLog } from "./http/log.ts";
import { startTraceExport } from "./trace-export.ts";

/** A second wall: what would put names on every object's prototype fails from here on. Frozen it cannot be: zod assigns to
 * names such as `constructor` on objects of its own. */
Object.preventExtensions(Object.prototype);

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const log = openLog(settings.logLevel);
  const traces = await startTraceExport(process.env);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const application = await startApplication(settings, {
    log,
    environment: process.env,
    say,
    modelerFolder: fileURLToPath(new URL("../modeler", import.meta.url)),
  });
  say(`Interlock is running at ${application.server.address}`);
  let isEnding = false;
  const end = (signal: NodeJS.Signals): void => {
    if (isEnding) process.exit(1);
    isEnding = true;
    log.info({ signal }, "draining");
    const closed = application.close().finally(() => traces?.stop());
    closed.then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, "the end was not orderly");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", end).on("SIGINT", end);
}

main().catch((error: unknown) => {
  // What a person can put right is said in one line; the stack of anything else is for us.
  const known = error instanceof InvalidSettings || (error instanceof Error && /^Expected /.test(error.message));
  process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
