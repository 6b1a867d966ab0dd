# One image for every process of Levain; docker-compose.yml says which of them a container runs.

FROM node:24-bookworm-slim AS build
WORKDIR /levain
COPY . .
# No package runs a script of its own on installing. What only building and testing need stays behind in this stage;
# so do the optional binaries: the embedded PostgreSQL, which a container does not start.
RUN --mount=type=cache,target=/root/.npm \
    npm ci --ignore-scripts \
 && npm run build \
 && npm prune --omit=dev --omit=optional --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /levain
# Root owns what runs, and the process is not root: it cannot change its own code.
COPY --from=build /levain/package.json ./
COPY --from=build /levain/node_modules ./node_modules
COPY --from=build /levain/packages ./packages
COPY --from=build /levain/apps ./apps
COPY --from=build /levain/prisma/migrations ./prisma/migrations
# A new volume that is mounted here takes over whose folder it is.
RUN install --directory --owner=node --group=node /var/lib/levain/artifacts
USER node
CMD ["node", "apps/cli/dist/main.js", "--help"]
