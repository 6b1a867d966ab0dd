import { z } from "zod";

/** A tenant's name in addresses and keys: lower-case letters, digits and hyphens. */
export const TenantId = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "expected 1 to 63 lower-case letters, digits or inner hyphens")
  .meta({ description: "Tenant id", example: "corner-bakery" });
export type TenantId = z.infer<typeof TenantId>;

/** A product's id as the tenant's till knows it; unique within the tenant only. */
export const ProductId = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, "expected no control characters")
  .meta({ description: "Product id, as the till knows it", example: "croissant" });
export type ProductId = z.infer<typeof ProductId>;

export const RunId = z.uuid().meta({ description: "Training run id" });
export type RunId = z.infer<typeof RunId>;

export const ModelId = z.uuid().meta({ description: "Model id" });
export type ModelId = z.infer<typeof ModelId>;
