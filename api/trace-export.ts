/**
 * Traces to an operator's collector, by OpenTelemetry's own variables (OTEL_EXPORTER_OTLP_ENDPOINT, …_HEADERS,
 * OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER). The SDK is an optional peer, loaded only where one of them names an endpoint:
 * who wants no traces installs and runs none of it.
 */
import { productVersion } from "./version.ts";

export interface TraceExport {
  /** Sends what is still waiting to be sent. */
  stop(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const packages = "@opentelemetry/sdk-trace-node @opentelemetry/exporter-trace-otlp-http @opentelemetry/resources";

/**
 * Registers the exporter for this process; undefined where no endpoint is named or OTEL_SDK_DISABLED is true.
 * @throws {Error} that says what to install when an endpoint is named and the SDK is not there.
 */
export async function startTraceExport(environment: Environment): Promise<TraceExport | undefined> {
  const endpoint = environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? environment.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (!endpoint || environment.OTEL_SDK_DISABLED === "true") return undefined;
  const { sdk, exporter, resources } = await load();
  const provider = new sdk.NodeTracerProvider({
    resource: resources
      .defaultResource()
      .merge(resources.resourceFromAttributes({ "service.name": "interlock", "service.version": productVersion() }))
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    spanProcessors: [new sdk.BatchSpanProcessor(new exporter.OTLPTraceExporter())],
  });
  provider.register();
  return { stop: () => provider.shutdown() };
}

async function load() {
  try {
    const [sdk, exporter, resources] = await Promise.all([
      import("@opentelemetry/sdk-trace-node"),
      import("@opentelemetry/exporter-trace-otlp-http"),
      import("@opentelemetry/resources"),
    ]);
    return { sdk, exporter, resources };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new Error(
      `Expected OpenTelemetry's SDK because OTEL_EXPORTER_OTLP_ENDPOINT is set, but it is not installed: npm install ${packages}`,
    );
  }
}
