import type { Levain } from "@levain/client";
import type { FolderEconomics } from "@levain/sources";

/** Tells a tenant's prices and costs; its products have to be known. @throws ApiProblem */
export async function putEconomics(api: Levain, tenantId: string, { products, ...tenant }: FolderEconomics): Promise<void> {
  await api.put("/v1/tenants/{tenantId}/economics", { params: { path: { tenantId } }, body: tenant });
  for (const [productId, economics] of Object.entries(products)) await api.put("/v1/tenants/{tenantId}/products/{productId}/economics", { params: { path: { tenantId, productId } }, body: economics });
}

/** The same, unless somebody has told prices and costs already: a demo does not undo what was tried out in it. */
export async function putEconomicsOnce(api: Levain, tenantId: string, economics: FolderEconomics): Promise<void> {
  const { tenant } = await api.get("/v1/tenants/{tenantId}/economics", { params: { path: { tenantId } } });
  if (tenant === null) await putEconomics(api, tenantId, economics);
}
