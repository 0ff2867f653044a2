/** Which model an agent gets: a provider when the environment names one, the scripted model otherwise. */
import { z } from "zod";
import { aiSdkModel } from "./ai-sdk-model.ts";
import type { Model } from "./model.ts";
import { type AgentScript, scriptedModel } from "./scripted-model.ts";

const environmentSchema = z.object({
  INTERLOCK_MODEL_PROVIDER: z.enum(["scripted", "openai-compatible", "anthropic"]).optional(),
  INTERLOCK_MODEL_BASE_URL: z.url().optional(),
  INTERLOCK_MODEL_API_KEY: z.string().min(1).optional(),
  INTERLOCK_MODEL_NAME: z.string().min(1).optional(),
});

const anthropicBaseUrl = "https://api.anthropic.com/v1";

/** Reads INTERLOCK_MODEL_*; throws a clear error when a provider is named but not configured. */
export function modelFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  scripts: readonly AgentScript[],
): Model {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) throw new Error(`Expected valid model settings, but ${z.prettifyError(parsed.error)}`);
  const {
    INTERLOCK_MODEL_PROVIDER: provider,
    INTERLOCK_MODEL_NAME: modelName,
    INTERLOCK_MODEL_API_KEY: apiKey,
  } = parsed.data;
  if (provider === undefined || provider === "scripted") return scriptedModel(scripts);
  const baseUrl = parsed.data.INTERLOCK_MODEL_BASE_URL ?? (provider === "anthropic" ? anthropicBaseUrl : undefined);
  if (!baseUrl)
    throw new Error(
      "Expected INTERLOCK_MODEL_BASE_URL (for example http://127.0.0.1:11434/v1) with INTERLOCK_MODEL_PROVIDER=openai-compatible, but it is not set.",
    );
  if (!modelName)
    throw new Error(`Expected INTERLOCK_MODEL_NAME with INTERLOCK_MODEL_PROVIDER=${provider}, but it is not set.`);
  return aiSdkModel({ provider, baseUrl, apiKey: apiKey ?? null, modelName });
}
