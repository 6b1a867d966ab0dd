/** The generated Prisma client over our own pool, with every fault translated where it enters. */
import { PrismaPg } from "@prisma/adapter-pg";
import type pg from "pg";
import { translate } from "./failures.js";
import { PrismaClient } from "./generated/client.js";
import { nameStatements } from "./planned-statements.js";

export type Client = ReturnType<typeof createClient>;

/** Milliseconds for a transaction to get its connection. */
const CHECKOUT_WITHIN_MS = 5_000;

/** Milliseconds. Above what PostgreSQL gives a statement, so that PostgreSQL ends what takes too long, never Prisma in the middle of a commit. */
const TRANSACTION_WITHIN_MS = 30_000;

export const createClient = (pool: pg.Pool) =>
  new PrismaClient({
    adapter: new PrismaPg(pool, { statementNameGenerator: nameStatements() }),
    errorFormat: "minimal",
    transactionOptions: { maxWait: CHECKOUT_WITHIN_MS, timeout: TRANSACTION_WITHIN_MS },
  }).$extends({
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
