/*
 * Spans for a collector: loaded before a program, it registers an OpenTelemetry SDK that exports over OTLP/HTTP. millrace finds it and
 * tells its spans to it.
 *
 *   npm install @opentelemetry/api@1.9.1 @opentelemetry/resources@2.11.0 @opentelemetry/sdk-trace-node@2.11.0 @opentelemetry/exporter-trace-otlp-http@0.222.0
 *   OTEL_SERVICE_NAME=word-count OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 node --import tsx --import ./opentelemetry.ts word-count.ts
 *   NODE_OPTIONS='--import tsx --import ./opentelemetry.ts' npm run worker     the same for a worker, with its threads, and for a gateway
 *
 * The collector's address, headers and certificates, and the sampler, come from OpenTelemetry's own variables.
 */
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, detectResources, envDetector } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'

const provider = new NodeTracerProvider({
  resource: defaultResource().merge(detectResources({ detectors: [envDetector] })),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
})
provider.register()

// The last spans are of the last commits: they leave when the program has nothing more to do.
process.once('beforeExit', () => void provider.shutdown())
