# The release workflow sets both images with their digests; the defaults are for building by hand.
ARG BUILD_IMAGE=node:24-bookworm-slim
ARG RUN_IMAGE=node:24-bookworm-slim

FROM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# No install script is needed: esbuild's binary is an ordinary optional dependency, and the image brings Node.
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY tools ./tools
COPY src ./src
RUN node tools/bundle.ts dist

FROM ${RUN_IMAGE}
WORKDIR /app
COPY --from=build /build/package.json ./package.json
COPY --from=build /build/dist ./dist
USER 65532:65532
ENV NODE_ENV=production NODE_OPTIONS=--enable-source-maps
EXPOSE 8443 8080
# node itself is PID 1, so that SIGTERM reaches it.
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve"]
