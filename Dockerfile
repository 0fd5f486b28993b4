# The release workflow sets both images with their digests; the defaults are for building by hand.
ARG BUILD_IMAGE=node:24-bookworm-slim
# It needs glibc and libstdc++ and nothing else: no shell, no npm, and Node comes from the build image.
ARG RUN_IMAGE=debian:bookworm-slim

FROM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# No install script is needed: esbuild's binary is an ordinary optional dependency, and the image brings Node.
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY tools ./tools
COPY src ./src
RUN node tools/bundle.ts dist
# Wherever the build image keeps it.
RUN node --eval "fs.copyFileSync(process.execPath, 'node')"

FROM ${RUN_IMAGE}
WORKDIR /app
COPY --from=build /build/node /usr/local/bin/node
COPY --from=build /build/package.json ./package.json
COPY --from=build /build/dist ./dist
USER 65532:65532
# The chart replaces NODE_OPTIONS by its own, with the heap that fits the memory limit. Not --enable-source-maps: it reads
# every map at the start and keeps it, and the bundle has the names that a stack shows. The trim threshold is glibc's: set,
# it stays 64 KiB, and what a burst of large reviews needed goes back to the kernel (docs/adr/0009-request-path.md).
ENV NODE_ENV=production NODE_OPTIONS=--max-semi-space-size=4 MALLOC_TRIM_THRESHOLD_=65536
EXPOSE 10250 8080
# node itself is PID 1, so that SIGTERM reaches it.
ENTRYPOINT ["/usr/local/bin/node", "dist/main.js"]
CMD ["serve"]
