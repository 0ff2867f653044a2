/** The shape of a form; forms are reached through the tasks and processes that use them. */
import { z } from "zod";

export const formItem = z
  .object({
    tenantId: z.string(),
    formId: z.string(),
    schema: z.string().meta({ description: "JSON text." }),
    version: z.int(),
    formKey: z.string(),
  })
  .meta({ id: "Form" });
