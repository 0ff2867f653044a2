/** What the parts of identity have in common on the wire. */
import { z } from "zod";

export const identifier = z
  .string()
  .min(1)
  .max(256)
  .regex(/^(<default>|[A-Za-z0-9_@.+-]+)$/)
  .meta({ description: "A name of letters, digits and _ @ . + -" });
