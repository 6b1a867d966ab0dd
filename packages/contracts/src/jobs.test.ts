import { describe, expect, it } from "vitest";
import { BusinessDay, NightlyTickJob, ProductId, StartRunJob, TenantId, TrainProductJob } from "./index.js";

const runId = "0198d1c2-0000-7000-8000-000000000001";
const trainProduct = { version: 1, runId, productId: "croissant", generation: 1 };

describe("a job", () => {
  it("is taken in the version this worker was written for, and in no other", () => {
    expect(TrainProductJob.parse(trainProduct)).toEqual(trainProduct);
    expect(StartRunJob.parse({ version: 1, runId, generation: 2, requestId: "r-1" })).toMatchObject({ generation: 2 });
    expect(NightlyTickJob.parse({ version: 1 })).toEqual({ version: 1 });
    for (const version of [0, 2, "1", undefined]) {
      expect(TrainProductJob.safeParse({ ...trainProduct, version }).success).toBe(false);
      expect(StartRunJob.safeParse({ version, runId, generation: 1 }).success).toBe(false);
      expect(NightlyTickJob.safeParse({ version }).success).toBe(false);
    }
  });

  it("carries ids and nothing else", () => {
    expect(TrainProductJob.safeParse({ ...trainProduct, tenantId: "corner-bakery" }).success).toBe(false);
    expect(TrainProductJob.safeParse({ ...trainProduct, sales: [] }).success).toBe(false);
  });

  it("has a run that is one and a generation that was counted", () => {
    for (const wrong of [{ runId: "1" }, { generation: 0 }, { generation: 1.5 }, { productId: "" }]) expect(TrainProductJob.safeParse({ ...trainProduct, ...wrong }).success).toBe(false);
  });
});

describe("an id", () => {
  it("of a tenant fits an address and a key", () => {
    for (const id of ["corner-bakery", "a", "7"]) expect(TenantId.safeParse(id).success).toBe(true);
    for (const id of ["", "-a", "a-", "Corner", "a:b", "a/b", "a".repeat(64)]) expect(TenantId.safeParse(id).success).toBe(false);
  });

  it("of a product may be anything a till prints", () => {
    for (const id of ["croissant", "12 MACARON", "Brötchen/groß", "🥐"]) expect(ProductId.safeParse(id).success).toBe(true);
    for (const id of ["", "a\nb", "a\u0000", "x".repeat(129)]) expect(ProductId.safeParse(id).success).toBe(false);
  });
});

describe("a business day", () => {
  it("is a date that exists", () => {
    expect(BusinessDay.safeParse("2024-02-29").success).toBe(true);
    for (const day of ["2023-02-29", "2026-5-1", "2026-05-01T00:00", "20260501"]) expect(BusinessDay.safeParse(day).success).toBe(false);
  });
});
