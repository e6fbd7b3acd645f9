# The trading application and the commands of millrace: workers, gateway, relay, deploy steps. One image, the command says which.
#   docker build -t millrace .
#   docker run --rm millrace status --help
# docs/operating.md tells how it is run; ops/containers has a compose file and manifests for Kubernetes.

FROM node:22.21.1-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The library's dependencies and its peer drizzle-orm, and uuid, which is the trading application's: nothing that only tests need.
RUN npm pkg delete devDependencies \
  && npm install --no-save --ignore-scripts --no-audit --no-fund uuid@14.0.3

# TypeScript is compiled here, so that a container starts in a fraction of the time and has no compiler's work to do.
FROM dependencies AS compiled
RUN npm install --no-save --ignore-scripts --no-audit --no-fund typescript@7.0.2
COPY millrace.config.ts tsconfig.json compose.yaml ./
COPY topology topology
COPY schemas schemas
COPY store store
COPY gateway gateway
COPY processors processors
COPY ops ops
RUN node ops/bin/image.mjs /image

FROM node:22.21.1-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=compiled /image ./
# Nothing in the image belongs to its user, who writes nowhere but to /tmp.
USER 1000:1000
EXPOSE 9100 8080
# The port of a worker; a gateway's container sets HEALTH_PORT=8080.
ENV HEALTH_PORT=9100
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEALTH_PORT}/healthz`).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node is the process that gets the signal: on SIGTERM a worker commits, leaves its groups and ends with 0.
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "ops/cli.js"]
CMD ["worker", "--port=9100", "--host=0.0.0.0"]
