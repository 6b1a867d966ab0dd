/** What the producer asks of the world, as functions; `wire.ts` fills them with Postgres and Redis. */
import type {
  AccuracyFigures,
  BusinessDay,
  ChampionChange,
  ChampionView,
  DailyColumn,
  DeliveryId,
  Evidence,
  ModelId,
  ModelView,
  NewWebhook,
  NumberedEvent,
  ProductAccuracyItem,
  ProductId,
  ProductEconomics,
  ProductTrainingView,
  ProductView,
  ProgressEvent,
  RunContext,
  RunId,
  RunView,
  StartRunJob,
  StoredSource,
  Tenant,
  TenantEconomics,
  TenantSettings,
  WeatherAhead,
  WebhookDeliveryView,
  WebhookId,
  WebhookView,
} from "@levain/contracts";
import type {
  Acceptance,
  AskedDelivery,
  BakeOverride,
  ChampionAnswer,
  ChampionRequest,
  KeyView,
  NumberedWebhook,
  Page,
  PageRequest,
  ProductAccuracy,
  PutSales,
  RunRequest,
  ServedProduct,
  StoredForecast,
  StoredRange,
  StoredSalesRow,
  Workload,
} from "@levain/db";
import type { Limiter } from "@levain/limit";
import type { Queues } from "@levain/queue";
import type { Check, Logger, Metrics } from "@levain/runtime";

/** Who presented a key. A tenant's key opens that tenant only. */
export type Caller = { readonly keyId: string; readonly role: "tenant" | "operator" | "viewer"; readonly tenantId: string | null };

/** Both ends included. */
export type DayRange = { readonly from: BusinessDay; readonly until: BusinessDay };

export type ProducerDeps = {
  /** Null for a key that is unknown, wrong, expired or revoked. */
  authenticate(presented: string): Promise<Caller | null>;
  /** Who holds the key of this id; null once it is no longer good. */
  keyHolder(keyId: string): Promise<Caller | null>;

  findTenant(tenantId: string): Promise<Tenant | null>;
  listTenants(): Promise<readonly Tenant[]>;
  putTenant(tenantId: string, settings: TenantSettings): Promise<"created" | "updated">;
  issueTenantKey(tenantId: string, key: { readonly label: string; readonly expiresAt?: Date }): Promise<{ readonly keyId: string; readonly secret: string }>;

  listTenantKeys(tenantId: string): Promise<readonly KeyView[]>;
  /** False when the tenant has no such key that was not revoked before. */
  revokeTenantKey(tenantId: string, keyId: string): Promise<boolean>;

  acceptRun(tenantId: string, request: RunRequest): Promise<Acceptance>;
  /** To be said once the run's start is on the queue. */
  markEnqueued(runId: RunId): Promise<void>;
  findRun(tenantId: string, runId: RunId): Promise<RunView | null>;
  listRuns(tenantId: string, page: PageRequest): Promise<Page<RunView>>;
  listProductTrainings(tenantId: string, runId: RunId, page: PageRequest): Promise<Page<ProductTrainingView>>;
  /** Null when the run has no such product. */
  findProductTraining(tenantId: string, runId: RunId, productId: ProductId): Promise<ProductTrainingView | null>;
  /** How much this tenant and the fleet have to do. */
  workload(tenantId: string): Promise<Workload>;
  /** Ends an open run; false when there was none to end. */
  cancelRun(tenantId: string, runId: RunId): Promise<boolean>;
  releaseLease(tenantId: string, runId: RunId): Promise<unknown>;

  findProduct(tenantId: string, productId: ProductId): Promise<ProductView | null>;
  listProducts(tenantId: string, page: PageRequest): Promise<Page<ProductView>>;
  listModels(tenantId: string, productId: ProductId, page: PageRequest): Promise<Page<ModelView>>;
  /** Null for a model that the product does not have; evidence is null for older models. */
  modelWithEvidence(tenantId: string, productId: ProductId, modelId: ModelId): Promise<{ readonly model: ModelView; readonly evidence: Evidence | null } | null>;
  promoteModel(tenantId: string, productId: ProductId, modelId: ModelId, request: ChampionRequest): Promise<ChampionAnswer>;
  /** As long as `from` serves; whatever serves when null. */
  rollBackChampion(tenantId: string, productId: ProductId, from: ModelId | null, request: ChampionRequest): Promise<ChampionAnswer>;
  pinChampion(tenantId: string, productId: ProductId, isPinned: boolean, request: ChampionRequest): Promise<ChampionAnswer>;
  championView(tenantId: string, productId: ProductId): Promise<Omit<ChampionView, "isChanged"> | null>;
  listChampionChanges(tenantId: string, productId: ProductId, page: PageRequest): Promise<Page<ChampionChange>>;
  /** Stores rows, no two of the same product and day. */
  putSales(tenantId: string, rows: readonly StoredSalesRow[]): Promise<PutSales>;
  /** What is stored of the tenant's sales. */
  storedRange(tenantId: string): Promise<StoredRange>;
  putColumns(tenantId: string, source: StoredSource, productId: ProductId | null, columns: readonly DailyColumn[]): Promise<void>;
  /** The serving model's, as it was stored; null where no model serves. */
  storedForecast(tenantId: string, productId: ProductId): Promise<StoredForecast | null>;

  /** All that is kept to forecast a product; null for one that the tenant does not have. */
  servedProduct(tenantId: string, productId: ProductId): Promise<ServedProduct | null>;
  servedProducts(tenantId: string, page: PageRequest): Promise<Page<ServedProduct>>;
  /** The newest weather forecast of the tenant's place; null where none was ever fetched. */
  newestWeatherAhead(tenantId: string): Promise<WeatherAhead | null>;
  /** What a run's trainings were told; null where it was not kept. */
  keptContext(tenantId: string, runId: RunId): Promise<RunContext | null>;

  /** Null where nobody set any. */
  tenantEconomics(tenantId: string): Promise<TenantEconomics | null>;
  putTenantEconomics(tenantId: string, settings: TenantEconomics): Promise<void>;
  productEconomics(tenantId: string): Promise<ReadonlyMap<ProductId, ProductEconomics>>;
  /** False for a product that the tenant does not have. */
  putProductEconomics(tenantId: string, productId: ProductId, settings: ProductEconomics): Promise<boolean>;
  overrides(tenantId: string, day: BusinessDay): Promise<readonly BakeOverride[]>;
  /** Null for a product that the tenant does not have. */
  putOverride(tenantId: string, day: BusinessDay, override: Omit<BakeOverride, "decidedAt">): Promise<BakeOverride | null>;

  tenantAccuracy(tenantId: string, range: DayRange): Promise<{ readonly figures: AccuracyFigures; readonly driftedProducts: number }>;
  /** Those first whose forecasts missed the most units. */
  productAccuracies(tenantId: string, range: DayRange, page: PageRequest): Promise<Page<ProductAccuracyItem>>;
  productAccuracy(tenantId: string, productId: ProductId, range: DayRange): Promise<ProductAccuracy>;
  /** Null when the tenant has as many as it may. */
  addWebhook(tenantId: string, webhook: NewWebhook): Promise<NumberedWebhook | null>;
  findWebhook(tenantId: string, id: WebhookId): Promise<NumberedWebhook | null>;
  listWebhooks(tenantId: string): Promise<readonly WebhookView[]>;
  /** False when there was none. */
  deleteWebhook(tenantId: string, id: WebhookId): Promise<boolean>;
  /** Null when there is none. */
  enableWebhook(tenantId: string, id: WebhookId): Promise<NumberedWebhook | null>;
  rotateWebhook(tenantId: string, id: WebhookId): Promise<NumberedWebhook | null>;
  /** Null when there is none in use. */
  testWebhook(tenantId: string, id: WebhookId): Promise<AskedDelivery | null>;
  findDelivery(tenantId: string, id: DeliveryId): Promise<WebhookDeliveryView | null>;
  listDeliveries(tenantId: string, id: WebhookId, page: PageRequest): Promise<Page<WebhookDeliveryView>>;
  /** Null for a delivery that is pending, or whose webhook is disabled. */
  redeliver(tenantId: string, id: DeliveryId): Promise<AskedDelivery | null>;
  /** Puts it on the queue. That it could not is no fault: the repair does. */
  enqueueDelivery(asked: AskedDelivery): Promise<void>;

  enqueueStartRun(job: StartRunJob): Promise<unknown>;
  publish(event: ProgressEvent): Promise<unknown>;
  /** A run's events after `afterId`, from the first on when null, as they come; ends after `run.finished`. */
  follow(runId: RunId, afterId: string | null, signal: AbortSignal): AsyncIterable<NumberedEvent>;

  /** Counts requests, in Redis where it answers. */
  readonly limiter: Limiter;

  boardQueues(): ReturnType<Queues["boardQueues"]>;
  queueDepth(): Promise<readonly { readonly queue: string; readonly state: string; readonly count: number }[]>;
  dbPool(): { readonly total: number; readonly idle: number; readonly waiting: number };
  /** What must work for the producer to be ready. */
  readonly checks: Readonly<Record<string, Check>>;

  now(): Date;
  readonly log: Logger;
  readonly metrics: Metrics;
};
