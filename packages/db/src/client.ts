/** The generated Prisma client over our own pool, with every fault translated where it enters. */
import { PrismaPg } from "@prisma/adapter-pg";
import type pg from "pg";
import { translate } from "./failures.js";
import { PrismaClient } from "./generated/client.js";

export type Client = ReturnType<typeof createClient>;

export const createClient = (pool: pg.Pool) =>
  new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: "minimal" }).$extends({
    query: {
      $allOperations: async ({ args, query }) => {
        try {
          return await query(args);
        } catch (fault) {
          throw translate(fault);
        }
      },
    },
  });
