# docker build -t kaquan .          the server; nothing of the build, of tests or of development is in it
# docker run --rm kaquan doctor     any command of dist/server.js; docs/deploying.md has the rest
#
# scripts/image.ts runs these steps without a container engine, in CI, and starts what they leave: it knows only the
# instructions that stand here and refuses any other, so that the two cannot drift apart.
ARG NODE=24.21.0-bookworm-slim

FROM node:${NODE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.mjs scripts/bundle-explorer.js scripts/bundle-server.js scripts/
COPY src src
RUN npm run --silent build
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
# What only a debugger and the next build would read.
RUN find dist node_modules -name '*.map' -delete && rm node_modules/.package-lock.json && mkdir data

FROM node:${NODE}
LABEL org.opencontainers.image.title="kaquan" org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY LICENSE ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# The only place that is written, and only with the embedded database: mount a volume there. All else may be read-only.
COPY --from=build --chown=1000:1000 /app/data data
USER 1000:1000
EXPOSE 4000 9464
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "require('node:http').get({ host: '127.0.0.1', port: process.env.PORT || 4000, path: '/healthz', timeout: 2000 }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on('timeout', () => process.exit(1)).on('error', () => process.exit(1))"]
# What requests leave behind fits in larger halves, so that less of it is copied about: a tenth to a quarter less CPU under
# load (docs/performance.md), and nothing when idle.
ENTRYPOINT ["node", "--max-semi-space-size=64", "dist/server.js"]
CMD ["serve"]
