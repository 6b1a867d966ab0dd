/**
 * The second wall between tenants, as a client: everything said over it is said as the role `levain_tenant` and in the
 * name of one tenant, to whom PostgreSQL then shows no other's rows, whatever the statement asks for.
 *
 * Role and name are set by the first statement of the very transaction that does the work, and end with it: a pooled
 * connection that goes to the next request, also after a fault, is nobody's again.
 */
import type { Client } from "./client.js";
import { translate } from "./failures.js";

/** As the migrations make it: it cannot log in, owns nothing and cannot step over row-level security. */
const TENANT_ROLE = "levain_tenant";

export const asTenant = (client: Client, tenantId: string): Client =>
  client.$extends({
    query: {
      $allOperations: async ({ args, query }): Promise<unknown> => {
        const takeRole = client.$queryRaw`SELECT set_config('role', ${TENANT_ROLE}, true), set_config('levain.tenant_id', ${tenantId}, true)`;
        try {
          // Prisma types what `query` gives as any promise; it is one of its own, which waits to be sent with its batch.
          const [, answer] = await client.$transaction([takeRole, query(args) as typeof takeRole]);
          return answer;
        } catch (fault) {
          throw translate(fault);
        }
      },
    },
  }) as Client;
