#!/usr/bin/env node
/** The executable: hands the arguments over and sets the exit code. */
import { runCommandLine } from "./main.ts";

process.exitCode = await runCommandLine(
  process.argv.slice(2),
  (text) => process.stdout.write(text),
  (text) => process.stderr.write(text),
);
